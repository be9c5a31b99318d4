"""Train the heads of the score of one article, evaluate them on what they were not trained on, write the weights.

    python -m benchmarks.training.build_background --without ../shared/eval/machine/docs.jsonl.gz -o HELD_OUT.bin
    python -m benchmarks.training.train_score HELD_OUT.bin -o dedup/data/score.json

`HELD_OUT.bin` is a background that has not counted the documents. Every figure printed is held out: by spinner (the
spun head is not trained at all), by generator and by set (llm), by language pair (translated); versions of one text are
never split between training and test. The weights that are written are trained on everything.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score

from benchmarks.training.score_data import Document, Samples, crop, read_documents, sample, simulated, spinners
from benchmarks.training.spellings import british_spellings
from dedup.language.background import Background, load_background
from dedup.language.substitutions import shipped as shipped_synonyms
from dedup.scoring.calibration import BANDS, band_of, quantiles_of
from dedup.scoring.features import NAMES, SLOTS
from dedup.scoring.heads import FORMAT, hashes, pack

Mask = NDArray[np.bool_]
Values = NDArray[np.float64]
Fitted = dict[str, Any]

SEED = 5
LENGTHS = (120, 160, 200, 260, 330, 400, 600, 5000, 5000)  # words that clean articles are cropped to
SPUN_ARTICLES = 1500  # clean articles that are also spun and corrupted
FOLDS = 4
LEAST_WORDS = 100  # words read of a document that counts in the figures
LIMIT = 4.0  # standard deviations
SPUN_WEIGHTS = {"misfit": 1.0, "unmet": 1.25, "stranded": 0.5}  # not trained; round numbers, see the model card
LIMITS = {"spun": dict.fromkeys(SPUN_WEIGHTS, 50.0)}  # spun text lies far out, and how far matters
REGULAR = {"numeric": 0.3, "masked": 100.0, "frequent": 100.0}  # C of each group, by cross-validation over families
CORRUPT_REGULAR = 0.1
CORRUPT_FEATURES = ("discord", "doubled")
# Weak findings of the grammar differ too much between kinds of clean news to count (.5 to 1.9 in 1,000 words).
CORRUPT_FINDINGS = tuple(
    f"{kind}.{strength}" for kind in ("article", "doubled", "name") for strength in ("strong", "weak")
)
CORRUPT_FINDINGS += tuple(f"{kind}.strong" for kind in ("agreement", "form", "idiom", "clash", "unit"))
SPUN_FINDINGS = {"swap": 2.0, "article": 1.0}  # what a unit of ln(1 + findings for a thousand words) adds; not trained
PRIOR = 0.1  # share of articles of each kind that the probabilities assume
PAIRS = ("wmt21-is-en", "wmt21-ja-en", "wmt21-ru-en")  # translations into English
GENERATORS = ("GPT-3-Turbo", "GPT-4o", "Llama-3-70B")
LEAST_SITE = 40  # articles of an outlet that is named
SPINNERS = ("wordnet", "learnt", "neighbours")

FUNCTION_WORDS = """
a about above across after again against ago all almost along already also although always am among an and another
any anyone anything are aren't around as at away back be became because become been before began behind being below
between both but by came can can't cannot come could couldn't did didn't do does doesn't doing don't done down
during each either else enough even ever every everyone everything except far few first for former from further
gave get gets getting give given go goes going gone got had hadn't has hasn't have haven't having he he'd he'll
he's her here hers herself him himself his how however i i'd i'll i'm i've if in indeed instead into is isn't it
it's its itself just last later least less let like likely made make makes making many may me might mine more most
much must my myself near nearly neither never next no nobody none nor not nothing now of off often on once one only
onto or other others otherwise our ours out over own per perhaps quite rather really recently same second she she'd
she's should shouldn't since so some someone something soon still such take taken than that that's the their theirs
them themselves then there there's therefore these they they'd they'll they're they've this those though three
through throughout thus to today together too took toward towards two under unless until up upon us use used very
via was wasn't we we'd we'll we're we've well went were weren't what what's when whenever where whereas whether
which while who who's whom whose why will with within without won't would wouldn't yet you you'd you'll you're
you've your yours said says told according including
"""


class Data:
    """Samples with the masks that the experiments are written in."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples
        self.set, self.family = samples.column("set"), samples.column("family")
        self.generator = samples.column("generator")
        self.spinner = np.array([name.split()[0] for name in self.generator])
        self.fold = np.array([_digest(d.group) % FOLDS for d in samples.documents])
        self.long = samples.words >= LEAST_WORDS
        self.human = (self.family == "human") & self.long
        self.own = self.set == "allsides"
        self.mean, self.scale = _moments(samples.numeric, self.set, self.human)
        self.scaled = (samples.numeric - self.mean) / self.scale
        for name in set(NAMES) - set(LIMITS["spun"]):
            self.scaled[:, NAMES.index(name)] = self.scaled[:, NAMES.index(name)].clip(-LIMIT, LIMIT)
        self.kinds = list(CORRUPT_FINDINGS)
        self.rates = np.stack([self.rate(kind) for kind in self.kinds], axis=1)

    def rate(self, kind: str) -> Values:
        """ln(1 + findings of a kind for a thousand words)."""
        return np.log1p([found.get(kind, 0.0) for found in self.samples.found])

    def matrix(self, group: str) -> csr_matrix:
        """The features of one group, a row a document."""
        if group == "numeric":
            return csr_matrix(self.scaled.clip(-LIMIT, LIMIT))
        return getattr(self.samples, group)


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha1(text.encode()).digest()[:4], "big")


def _moments(values: NDArray[Any], sets: NDArray[Any], chosen: Mask) -> tuple[Values, Values]:
    """Mean and standard deviation over the chosen documents, each set weighted by the root of its size."""
    weight = _set_weights(sets, chosen)[chosen]
    mean = np.average(values[chosen], axis=0, weights=weight)
    return mean, np.sqrt(np.average((values[chosen] - mean) ** 2, axis=0, weights=weight)) + 1e-9


def _set_weights(sets: NDArray[Any], chosen: Mask) -> Values:
    weight = np.zeros(len(sets))
    for name in np.unique(sets[chosen]):
        rows = chosen & (sets == name)
        weight[rows] = 1 / np.sqrt(rows.sum())
    return weight


def _balanced(data: Data, positive: Mask, negative: Mask) -> Values:
    """Weights that make both sides equal, and the sets within each side."""
    weight = np.zeros(len(positive))
    for side in (positive, negative):
        names = np.unique(data.set[side])
        for name in names:
            rows = side & (data.set == name)
            weight[rows] = 1 / len(names) / rows.sum()
    return np.asarray(weight * (positive | negative).sum() / 2)


def fit(data: Data, positive: Mask, negative: Mask) -> Fitted:
    """Three logistic regressions, each in standard deviations of the negatives, added up into one linear function."""
    rows = np.flatnonzero(positive | negative)
    weight = _balanced(data, positive, negative)[rows]
    head: Fitted = {"bias": 0.0}
    for group, regular in REGULAR.items():
        matrix = data.matrix(group)
        model = LogisticRegression(C=regular, max_iter=1000).fit(matrix[rows], positive[rows], sample_weight=weight)
        clean = model.decision_function(matrix[np.flatnonzero(negative)])
        head[group] = (model.coef_[0] / clean.std()).astype(np.float32)
        head["bias"] += float((model.intercept_[0] - clean.mean()) / clean.std())
    return head


def apply(data: Data, head: Fitted) -> Values:
    values: Values = head["bias"] + sum(data.matrix(group) @ head[group] for group in REGULAR)
    return values


def crossed(data: Data, positive: Mask, negative: Mask, make: Callable[..., Fitted] = fit) -> Values:
    """Values of all documents, each from a head that has not seen its group."""
    values = np.zeros(len(positive))
    for fold in range(FOLDS):
        inside = data.fold != fold
        values[~inside] = apply(data, make(data, positive & inside, negative & inside))[~inside]
    return values


def spun_head(data: Data) -> Fitted:
    """The measures in standard deviations of clean news, less what the surprise of the text explains; and findings."""
    columns = {name: data.scaled[:, NAMES.index(name)] for name in (*SPUN_WEIGHTS, "surprise")}
    weight = _set_weights(data.set, data.human)[data.human]
    head: Fitted = {"numeric": {"surprise": 0.0}, "bias": 0.0, "findings": SPUN_FINDINGS}
    for name, share in SPUN_WEIGHTS.items():
        line = Ridge(alpha=0.01).fit(columns["surprise"][data.human, None], columns[name][data.human], weight)
        rest = columns[name] - line.predict(columns["surprise"][:, None])
        spread = rest[data.human & data.own].std() / share
        head["numeric"][name] = float(1 / spread)
        head["numeric"]["surprise"] -= float(line.coef_[0] / spread)
        head["bias"] -= float(line.intercept_ / spread)
    return head


def spun_values(data: Data, head: Fitted) -> Values:
    columns = [weight * data.scaled[:, NAMES.index(name)] for name, weight in head["numeric"].items()]
    values: Values = head["bias"] + np.sum(columns, axis=0)
    values += np.sum([share * data.rate(kind) for kind, share in SPUN_FINDINGS.items()], axis=0)
    return values


def _corrupt_matrix(data: Data) -> Values:
    numeric = data.scaled[:, [NAMES.index(name) for name in CORRUPT_FEATURES]].clip(-LIMIT, LIMIT)
    return np.hstack([numeric, data.rates])


def corrupt_head(data: Data, positive: Mask, negative: Mask) -> Fitted:
    """One logistic regression over two features and the findings; damage can only raise the value."""
    matrix, rows = _corrupt_matrix(data), np.flatnonzero(positive | negative)
    weight = _balanced(data, positive, negative)[rows]
    model = LogisticRegression(C=CORRUPT_REGULAR, max_iter=1000).fit(matrix[rows], positive[rows], sample_weight=weight)
    coefficients = np.maximum(model.coef_[0], 0.0)
    numeric = dict(zip(CORRUPT_FEATURES, coefficients.tolist(), strict=False))
    found = dict(zip(data.kinds, coefficients[len(CORRUPT_FEATURES) :].tolist(), strict=True))
    return {"bias": float(model.intercept_[0]), "numeric": numeric, "findings": found}


def corrupt_values(data: Data, head: Fitted) -> Values:
    weights = [*head["numeric"].values(), *head["findings"].values()]
    values: Values = head["bias"] + _corrupt_matrix(data) @ np.array(weights)
    return values


def crossed_corrupt(data: Data, positive: Mask, negative: Mask) -> Values:
    values = np.zeros(len(positive))
    for fold in range(FOLDS):
        inside = data.fold != fold
        values[~inside] = corrupt_values(data, corrupt_head(data, positive & inside, negative & inside))[~inside]
    return values


def figures(positive: Values, negative: Values) -> str:
    """AUC, and the share of the positives above what 1 % and 5 % of the negatives pass."""
    ranked = np.sort(negative)
    area = roc_auc_score(np.repeat([1, 0], [len(positive), len(negative)]), np.concatenate([positive, negative]))
    rates = [(positive > ranked[len(ranked) - 1 - int(r * len(ranked))]).mean() for r in (0.01, 0.05)]
    return f"{area:.3f}  {rates[0]:.2f}  {rates[1]:.2f}"


def line(name: str, positive: Values, negative: Values) -> None:
    print(f"{name:58} {len(positive):5} {len(negative):5}  {figures(positive, negative)}")


def show_spun(data: Data, values: Values) -> None:
    print("\nspun: AUC, TPR at 1 % and 5 % FPR (simulated from allsides; clean allsides | from others; clean others)")
    for spinner in SPINNERS:
        spun = (data.family == "spun") & (data.spinner == spinner) & data.long
        line(f"{spinner}, allsides", values[spun & data.own], values[data.human & data.own])
        line(f"{spinner}, other sets", values[spun & ~data.own], values[data.human & ~data.own])
    own = data.own & data.long
    show_lengths(data, values, (data.family == "spun") & own, "spun, allsides", own & data.human)


def show_lengths(data: Data, values: Values, positive: Mask, name: str, clean: Mask | None = None) -> None:
    """The figures for each band of lengths, against clean documents of that length."""
    clean = data.human if clean is None else clean
    for low, high in zip(BANDS, (*BANDS[1:], 10**9), strict=True):
        band = (data.samples.words >= low) & (data.samples.words < high)
        if (band & positive).sum() >= 20:
            line(f"{name}, {low} words or more", values[band & positive], values[band & clean])


def show_transfer(data: Data, values: Values, name: str) -> None:
    """A threshold that 1 % of one human set pass: the largest share of another set that passes it."""
    print(f"\n{name}: threshold for 1 % of one human set, share of the others that pass (news of 150 words or more)")
    human = data.human & (data.samples.words >= 150)
    names = [s for s in np.unique(data.set[human]) if (human & (data.set == s)).sum() >= 20]
    for own in names:
        ranked = np.sort(values[human & (data.set == own)])
        limit = ranked[len(ranked) - 1 - int(0.01 * len(ranked))]
        passed = " ".join(f"{s} {(values[human & (data.set == s)] > limit).mean():.3f}" for s in names if s != own)
        print(f"  {own} ({len(ranked)}): {passed}")


def show_llm(data: Data) -> None:
    print("\nllm: generator held out (never seen), groups held out | humans of the same set; of the other sets")
    written = ((data.family == "llm") | (data.family == "llm_reframe")) & data.long
    for generator in GENERATORS:
        values = crossed(data, written & (data.generator != generator), data.human)
        found = written & (data.generator == generator)
        line(f"{generator}, humans of l2r", values[found], values[data.human & (data.set == "l2r")])
        line(f"{generator}, humans of other sets", values[found], values[data.human & (data.set != "l2r")])
    for own, other, family in (("l2r", "sheepdog-train", "llm_reframe"), ("sheepdog-train", "l2r", "llm")):
        values = apply(data, fit(data, written & (data.set == own), data.human & (data.set != other)))
        clean = data.human & (data.set == other)
        line(f"set held out: {own} -> {other}", values[(data.family == family) & data.long], values[clean])


def show_unseen_humans(data: Data) -> None:
    """A threshold for 1 % of the humans that the head was trained on, and the share of an unseen set that passes it."""
    print("\nllm: human set held out: share above a threshold for 1 % of the other sets (groups held out)")
    written = ((data.family == "llm") | (data.family == "llm_reframe")) & data.long
    for name in np.unique(data.set[data.human]):
        known, inside = data.human & (data.set != name), data.fold != 0
        values = apply(data, fit(data, written & (data.set != name) & inside, known & inside))
        ranked = np.sort(values[known & ~inside & (data.samples.words >= 150)])
        unseen = values[data.human & (data.set == name) & (data.samples.words >= 150)]
        limit = ranked[len(ranked) - 1 - int(0.01 * len(ranked))]
        print(f"  {name} ({len(unseen)}): {(unseen > limit).mean():.3f}")


def show_sites(data: Data, spun: Values) -> None:
    """Outlets of allsides held out: two quarters of them train, one sets the threshold, the last is measured."""
    print(
        "\nsites held out: share of articles above a threshold for 1 % of other outlets; the largest share of an outlet"
    )
    written = ((data.family == "llm") | (data.family == "llm_reframe")) & data.long
    quarter = np.where(data.own, [_digest(name) % FOLDS for name in data.generator], -1)
    shares: dict[str, list[float]] = {"spun": [], "llm": []}
    outlets: dict[str, list[tuple[float, str]]] = {"spun": [], "llm": []}
    for fold in range(FOLDS):
        ruler, tested = (data.human & (quarter == (fold + step) % FOLDS) for step in (1, 0))
        llm = apply(data, fit(data, written, data.human & ~ruler & ~tested))
        for part, values in (("spun", spun), ("llm", llm)):
            ranked = np.sort(values[ruler])
            passed = values > ranked[len(ranked) - 1 - int(0.01 * len(ranked))]
            shares[part] += passed[tested].tolist()
            for name in np.unique(data.generator[tested]):
                rows = tested & (data.generator == name)
                if rows.sum() >= LEAST_SITE:
                    outlets[part].append((float(passed[rows].mean()), f"{name} ({rows.sum()})"))
    for part in shares:
        print(f"  {part}: {np.mean(shares[part]):.3f} of {len(shares[part])}; {sorted(outlets[part])[-3:]}")


def show_translated(data: Data) -> None:
    print(
        "\ntranslated: language pair held out | against English originals; against human translations of the same set"
    )
    originals = data.human & ~np.isin(data.set, PAIRS)
    for pair in PAIRS:
        machine = (data.family == "mt") & data.long
        values = crossed(data, machine & (data.set != pair), originals)
        found = machine & (data.set == pair)
        line(f"{pair}, originals of wmt21-en", values[found], values[data.human & (data.set == "wmt21-en")])
        line(f"{pair}, all English originals", values[found], values[originals])
        line(f"{pair}, its human translations", values[found], values[data.human & (data.set == pair)])


def show_corrupted(data: Data, values: Values) -> None:
    print("\ncorrupted: groups held out | clean documents of the same sets")
    damaged = (data.family == "corrupted") & data.long
    line("allsides", values[damaged & data.own], values[data.human & data.own])
    line("other sets", values[damaged & ~data.own], values[data.human & ~data.own])
    for rate in sorted(np.unique(data.generator[damaged])):
        line(rate, values[damaged & (data.generator == rate)], values[data.human])
    for own, other in (("corrupt", "wounds"), ("wounds", "corrupt")):
        unseen = crossed_corrupt(data, damaged & (data.spinner == own), data.human)
        line(f"simulator held out: {own} -> {other}", unseen[damaged & (data.spinner == other)], unseen[data.human])


def curves(data: Data, values: Values, positive: Mask) -> tuple[list[list[float]], list[list[float]]]:
    """Quantiles of clean news, and a logistic curve at equal odds, for each band of lengths."""
    bands = np.array([band_of(int(w)) for w in data.samples.words])
    weight = _set_weights(data.set, data.human)
    quantiles, lines = [], []
    for band in range(len(BANDS)):
        clean, found = data.human & (bands == band), positive & (bands == band)
        quantiles.append(quantiles_of(values[clean], weight[clean]))
        found = found if found.sum() >= 100 else positive
        x = np.concatenate([values[clean], values[found]])
        odds = np.concatenate([weight[clean] / weight[clean].sum(), np.full(found.sum(), 1 / found.sum())])
        y = np.repeat([False, True], [clean.sum(), found.sum()])
        model = LogisticRegression(C=100.0).fit(x[:, None], y, sample_weight=odds * len(x) / 2)
        lines.append([round(float(model.coef_[0, 0]), 4), round(float(model.intercept_[0]), 4)])
    return quantiles, lines


def rounded(head: Fitted, limits: dict[str, float]) -> Fitted:
    """A head as it is written."""
    numeric = head["numeric"]
    if not isinstance(numeric, dict):
        numeric = dict(zip(NAMES, numeric.tolist(), strict=True))
    row: Fitted = {
        "bias": round(head["bias"], 5),
        "limits": limits,
        "numeric": {k: round(v, 5) for k, v in numeric.items()},
    }
    row |= {group: pack(head[group]) for group in ("masked", "frequent") if group in head}
    row |= {"findings": {k: round(v, 5) for k, v in head["findings"].items()}} if "findings" in head else {}
    return row


def train(data: Data, spared: list[str]) -> Fitted:
    """Everything that `score.json` holds; prints the figures on the way."""
    spun, damaged = (data.family == "spun") & data.long, (data.family == "corrupted") & data.long
    written = ((data.family == "llm") | (data.family == "llm_reframe")) & data.long
    originals, machine = data.human & ~np.isin(data.set, PAIRS), (data.family == "mt") & data.long
    heads = {
        "spun": spun_head(data),
        "corrupted": corrupt_head(data, damaged, data.human),
        "llm": fit(data, written, data.human),
        "translated": fit(data, machine, originals),
    }
    values = {
        "spun": spun_values(data, heads["spun"]),
        "corrupted": crossed_corrupt(data, damaged, data.human),
        "llm": crossed(data, written, data.human),
        "translated": crossed(data, machine, originals),
    }
    show_spun(data, values["spun"])
    show_corrupted(data, values["corrupted"])
    show_llm(data)
    show_unseen_humans(data)
    show_sites(data, values["spun"])
    show_translated(data)
    show_lengths(data, values["llm"], written, "llm, groups held out")
    show_lengths(data, values["translated"], machine, "translated, groups held out")
    for name, found in values.items():
        show_transfer(data, found, name)
    positive = {"spun": spun, "corrupted": damaged, "llm": written, "translated": machine}
    read = {name: curves(data, values[name], positive[name]) for name in heads}
    return {
        "format": FORMAT, "slots": SLOTS, "spared": " ".join(spared),
        "function_words": " ".join(FUNCTION_WORDS.split()),
        "features": {n: np.round(row, 6).tolist() for n, *row in zip(NAMES, data.mean, data.scale, strict=True)},
        "heads": {name: rounded(head, {"other": LIMIT} | LIMITS.get(name, {})) for name, head in heads.items()},
        "calibration": {
            "prior": PRIOR,
            "quantiles": {name: found[0] for name, found in read.items()},
            "curves": {name: found[1] for name, found in read.items()},
        },
    }  # fmt: skip


def corpus(args: argparse.Namespace) -> Iterator[Document]:
    """The documents, the clean ones cropped to all lengths, and simulated versions."""
    documents = read_documents(args.eval / "machine" / "docs.jsonl.gz")
    known = {d.id.split("/")[-1] for d in documents}
    with gzip.open(args.eval / "background.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = (json.loads(text) for i, text in enumerate(lines) if i % 3 == 0)
        makers = spinners(args.eval, args.wordnet, [row["text"] for row in rows if row["id"] not in known])
    rng = Random(SEED)
    clean = [d for d in documents if d.set == "allsides"]
    clean = [Document(**{**vars(d), "text": crop(d.text, rng.choice(LENGTHS))}) for d in clean]
    rng.shuffle(clean)
    others = [d for d in documents if d.set != "allsides"]
    yield from clean
    yield from others
    yield from simulated(clean[:SPUN_ARTICLES] + [d for d in others if d.label == "human"], makers)


def samples(args: argparse.Namespace, background: Background, spared: list[str]) -> Samples:
    """The described documents; `--cache` keeps them between runs (scratch, not for sharing)."""
    if args.cache and args.cache.exists():
        return pickle.loads(args.cache.read_bytes())  # type: ignore[no-any-return]
    words = hashes(FUNCTION_WORDS.split())
    made = sample(list(corpus(args)), background, shipped_synonyms(), words, hashes(spared))
    if args.cache:
        args.cache.write_bytes(pickle.dumps(made))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("background", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path("dedup/data/score.json"))
    parser.add_argument("--eval", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    parser.add_argument("--cache", type=Path)
    args = parser.parse_args()
    background = load_background(args.background)
    spared = british_spellings(background)
    model = train(Data(samples(args, background, spared)), spared)
    args.output.write_text(json.dumps(model, sort_keys=True, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
