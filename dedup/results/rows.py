"""One line of each JSON lines file, as plain data. The names are those of the records.

Public: `Row`, `match_row`, `cluster_row`, `template_row`, `article_row`, `score_row`, `skipped_row`, `removed_row`,
`composition_row`, `storable`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dedup.records import ArticleScore, Cluster, Evidence, Finding, Match, Passage, Skipped, Template

if TYPE_CHECKING:
    from dedup.results.composition import Composition
    from dedup.results.deduped import Removed

DIGITS = 4  # after the point, for probabilities and scores: more would be noise

Row = dict[str, Any]


def match_row(match: Match) -> Row:
    """Return a line of `matches.jsonl`; spans are character offsets into the articles' texts, end excluded.

    `old` stands there only where one of the two is of an archive.
    """
    row: Row = {
        "left": match.left,
        "right": match.right,
        "kind": str(match.kind),
        "probability": _round(match.probability),
        "original": match.original,
        "original_reason": match.original_reason,
        "original_confidence": _round(match.original_confidence),
        "method": match.method,
        "method_probabilities": {name: _round(p) for name, p in match.method_probabilities.items()},
        "passages": [_passage_row(passage) for passage in match.alignment.passages],
        "evidence": [_evidence_row(evidence) for evidence in match.evidence],
        "resemblance": _round(match.resemblance),
        "share": _round(match.share),
        "same_site": match.same_site,
        "contradictions": match.contradictions,
        "shared": [_round(share) for share in match.shared],
        "date_conflict": match.date_conflict,
        "container": match.container,
    }
    return row if match.old is None else row | {"old": match.old}


def _passage_row(passage: Passage) -> Row:
    return {"left": list(passage.left), "right": list(passage.right), "similarity": _round(passage.similarity)}


def _evidence_row(evidence: Evidence) -> Row:
    return {
        "type": evidence.type,
        "left": list(evidence.left),
        "right": list(evidence.right),
        "left_text": evidence.left_text,
        "right_text": evidence.right_text,
        "fact": evidence.fact,
    }


def cluster_row(cluster: Cluster) -> Row:
    """Return a line of `clusters.jsonl`."""
    parents = [{"copy": copy, "parent": parent} for copy, parent in cluster.parents]
    return {"id": cluster.id, "lead": cluster.lead, "members": list(cluster.members), "parents": parents}


def template_row(template: Template) -> Row:
    """Return a line of `templates.jsonl`."""
    example, members = list(template.example), list(template.members)
    return {"id": template.id, "count": template.count, "example": example, "members": members}


def article_row(article_id: str, cluster: str | None, score: ArticleScore | None) -> Row:
    """Return a line of `articles.jsonl`; `score` is null where the scan did not score."""
    return {"id": article_id, "cluster": cluster, "score": score_row(score) if score else None}


def score_row(score: ArticleScore) -> Row:
    """Return a score as `dedup score` prints it and `articles.jsonl` holds it.

    `explanation` stands there only where it was asked for.
    """
    row: Row = {
        "overall": _round(score.overall),
        "parts": {name: _round(value) for name, value in score.parts.items()},
        "percentiles": {name: _round(value) for name, value in score.percentiles.items()},
        "abstained": score.abstained,
        "evidence": [_finding_row(finding) for finding in score.evidence],
        "percentile": _round(score.percentile),
    }
    if score.explanation:
        row["explanation"] = {
            "reasons": [reason._asdict() for reason in score.explanation.reasons],
            "machine": [list(span) for span in score.explanation.machine],
            "polish": score.explanation.polish,
        }
    return row


def _finding_row(finding: Finding) -> Row:
    return {
        "type": finding.type,
        "span": list(finding.span),
        "found": finding.found,
        "expected": finding.expected,
        "reason": finding.reason,
        "strong": finding.strong,
    }


def skipped_row(skipped: Skipped) -> Row:
    """Return a line of `skipped.jsonl`."""
    return {"source": skipped.source, "line": skipped.line, "reason": skipped.reason}


def removed_row(removed: Removed) -> Row:
    """Return a line of the list of what `dedupe` removed; `line` is null for an article with a file of its own."""
    return {
        "id": removed.id,
        "source": removed.source,
        "line": removed.line,
        "kind": str(removed.kind),
        "probability": _round(removed.probability),
        "kept": removed.kept,
        "in_archive": removed.old,
        "reason": removed.reason,
    }


def composition_row(composition: Composition) -> Row:
    """Return what an article is made of, as `dedup trace --json` prints it; a source of null is the article itself."""
    stretches = [
        {
            "span": list(one.span),
            "source": one.source,
            "source_span": None if one.source_span is None else list(one.source_span),
            "similarity": _round(one.similarity),
            "also": list(one.also),
        }
        for one in composition.stretches
    ]
    sources = [{"source": source, "share": _round(share)} for source, share in composition.sources]
    own, later = _round(composition.own), list(composition.later)
    return {"id": composition.id, "own": own, "sources": sources, "stretches": stretches, "later": later}


def storable(value: object) -> object:
    """Return a row, or a part of one, with a replacement mark for each half character: UTF-8 cannot hold those."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {storable(k): storable(v) for k, v in value.items()}
    return [storable(v) for v in value] if isinstance(value, list) else value


def _round(value: float | None) -> float | None:
    return None if value is None else round(float(value), DIGITS)
