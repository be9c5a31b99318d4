"""Files of labelled pairs: tables, clusters and the formats of public sets, each in a small file of its own."""

import gzip
import json

import pytest

import dedup
from dedup.evaluation.loaders import is_result, load_found
from dedup.evaluation.public_sets import news_copy_articles
from dedup.records import Kind

ONE = "The ferry to Norholm was cancelled on Friday after its engine failed."
TWO = "On Friday the Norholm ferry was called off because of a broken engine."
THREE = "A bakery in Tarn won the prize for the best rye bread."


def write(path, text: str):
    path.write_text(text, "utf-8")
    return path


def labels(gold):
    return [(one.left, one.right, one.copy) for one in gold.labels]


class TestTables:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("a.csv", "left,right,label\na,b,1\nc,a,0\n"),
            ("a.csv", "id1;id2;is_duplicate\na;b;true\nc;a;false\n"),
            ("a.tsv", "ID_A\tID_B\tlabel\na\tb\trewrite\nc\ta\tsame_event\n"),
            (
                "a.jsonl",
                '{"left": "a", "right": "b", "label": "copy"}\n\n{"left": "c", "right": "a", "label": false}\n',
            ),
            ("a.json", '[{"left": "a", "right": "b", "label": 1}, {"left": "c", "right": "a", "label": 0}]'),
            ("a.json", '{"left": ["a", "c"], "right": ["b", "a"], "label": ["near", "partial"]}'),
            ("a.jsonl", '{"left": "a", "right": "b", "kinds": ["near"]}\n{"left": "c", "right": "a", "kinds": []}\n'),
        ],
    )
    def test_common_columns_and_labels_are_found(self, tmp_path, name, text):
        gold = dedup.load_gold(write(tmp_path / name, text))
        assert labels(gold) == [("a", "b", True), ("a", "c", False)]
        assert not gold.complete
        assert not gold.skipped

    def test_compressed(self, tmp_path):
        (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"left,right,label\na,b,1\n"))
        assert labels(dedup.load_gold(tmp_path / "a.csv.gz")) == [("a", "b", True)]

    def test_columns_by_name(self, tmp_path):
        path = write(tmp_path / "a.csv", "doc,copy_of,verdict\na,b,yes\n")
        gold = dedup.load_gold(path, columns={"left": "doc", "right": "copy_of", "label": "verdict"})
        assert labels(gold) == [("a", "b", True)]
        with pytest.raises(dedup.InputError, match="has no column 'dup'; it has doc, copy_of, verdict"):
            dedup.load_gold(path, columns={"label": "dup"})
        with pytest.raises(dedup.ConfigError, match="there is no column text"):
            dedup.load_gold(path, columns={"text": "doc"})

    def test_texts_without_ids_are_one_article_where_they_are_the_same(self, tmp_path):
        rows = [{"text1": ONE, "text2": TWO, "label": 1}, {"text1": THREE, "text2": ONE, "label": 0}]
        gold = dedup.load_gold(write(tmp_path / "a.json", json.dumps(rows)))
        assert sorted(article.text for article in gold.articles.values()) == sorted([ONE, TWO, THREE])
        assert gold.groups() == [0, 0]

    def test_what_cannot_be_used_is_skipped_with_its_line(self, tmp_path):
        text = "left,right,label\na,b,1\na,,1\na,a,1\nb,c,perhaps\nb,d,\n"
        gold = dedup.load_gold(write(tmp_path / "a.csv", text))
        assert labels(gold) == [("a", "b", True)]
        assert [(one.line, one.reason) for one in gold.skipped] == [
            (3, "a row without two articles"),
            (4, "a pair of an article with itself"),
            (5, "the label 'perhaps' says neither copy nor no copy"),
            (6, "a row without a label"),
        ]

    @pytest.mark.parametrize(
        ("name", "text", "told"),
        [
            ("a.csv", "", "is empty"),
            ("a.csv", "left,right\na,b\n", "needs the ids or the texts of two articles and a label"),
            ("a.csv", "left,right,label\na,b,1\nb,a,0\n", "labelled as a copy and as none"),
            ("a.csv", "left,right,label\na,b,perhaps\n", "no row is a labelled pair: the label 'perhaps'"),
            ("a.jsonl", '{"left": "a"\n', "a.jsonl:1: is no JSON"),
            ("a.json", "[1, 2]", "neither an array of objects"),
        ],
    )
    def test_what_is_no_gold(self, tmp_path, name, text, told):
        with pytest.raises(dedup.InputError, match=told):
            dedup.load_gold(write(tmp_path / name, text))

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(dedup.InputError, match="does not exist"):
            dedup.load_gold(tmp_path / "nothing.csv")


class TestClusters:
    def test_a_cluster_for_each_article(self, tmp_path):
        gold = dedup.load_gold(write(tmp_path / "a.csv", "id,cluster\na,1\nb,1\nc,2\nd,\ne,\n"))
        assert labels(gold) == [("a", "b", True)]
        assert gold.complete
        assert gold.ids == {"a", "b", "c", "d", "e"}

    def test_the_clusters_of_a_scan(self, tmp_path):
        gold = dedup.load_gold(write(tmp_path / "a.jsonl", '{"id": "1", "members": ["c", "a", "b"]}\n'))
        assert labels(gold) == [("a", "b", True), ("a", "c", True), ("b", "c", True)]

    def test_too_large(self, tmp_path):
        path = write(tmp_path / "a.json", json.dumps([[str(n) for n in range(2_001)]]))
        with pytest.raises(dedup.InputError, match="a cluster of 2,001 articles"):
            dedup.load_gold(path)


class TestPublicSets:
    def test_msrp(self, tmp_path):
        """Tab-separated, with quotation marks that quote nothing and a mark at the beginning of the file."""
        head = "\ufeffQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\n"
        path = write(tmp_path / "msr.txt", f'{head}1\t11\t12\t"{ONE}\t{TWO}\n0\t11\t13\t"{ONE}\t{THREE}\n')
        gold = dedup.load_gold(path)
        assert labels(gold) == [("11", "12", True), ("11", "13", False)]
        assert gold.articles["11"].text == f'"{ONE}'

    def test_news_copy(self, tmp_path):
        """Pairs of copies by id and a corpus by id; pairs of sentences for training."""
        pairs = write(tmp_path / "test_gt.json", json.dumps([["p1", "p2"], ["p2", "p3"]]))
        corpus = {
            name: {"headline": "News", "byline": "By A. Tarn", "article": ONE} for name in ("p1", "p2", "p3", "p4")
        }
        corpus["p5"] = {"headline": "", "byline": "", "article": " "}
        gold = dedup.load_gold(pairs)
        assert labels(gold) == [("p1", "p2", True), ("p2", "p3", True)]
        assert gold.complete
        articles = news_copy_articles(write(tmp_path / "test.json", json.dumps(corpus)))
        assert sorted(articles) == ["p1", "p2", "p3", "p4"]
        assert articles["p1"].text == f"By A. Tarn\n\n{ONE}"
        train = {"sentence_1": [ONE, ONE], "sentence_2": [TWO, THREE], "labels": ["same", "different"]}
        gold = dedup.load_gold(write(tmp_path / "train.json", json.dumps(train)))
        assert [one.copy for one in gold.labels].count(True) == 1
        assert len(gold.articles) == 3

    @pytest.fixture(params=["2013", "2025"])
    def pan(self, request, tmp_path):
        folder = tmp_path / "corpus"
        for name, text in (
            ("susp/suspicious-document1.txt", f"Before. {TWO}\r\nAfter."),
            ("src/source-document2.txt", ONE),
        ):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        write(folder / "src" / "source-document3.txt", THREE)
        first = "suspicious-document1.txt source-document"
        write(folder / "pairs", f"{first}2.txt\n{first}3.txt\n{first}4.txt\n")
        places = ("02-random", "01-no") if request.param == "2013" else ("../corpus_truth", "../corpus_truth")
        feature = (f'<feature name="plagiarism" this_offset="8" this_length="{len(TWO)}" source_offset="0" '
                   f'source_length="{len(ONE)}" source_reference="source-document2.txt"/>'
                   '<feature name="altered" this_offset="0" this_length="5"/>')  # fmt: skip
        for place, number, inside in ((places[0], 2, feature), (places[1], 3, "")):
            (folder / place).mkdir(exist_ok=True)
            name = f"suspicious-document1-source-document{number}.xml"
            write(folder / place / name, f'<document reference="suspicious-document1.txt">{inside}</document>')
        return folder

    def test_pan(self, pan):
        gold = dedup.load_gold(pan)
        suspicious = gold.articles["suspicious-document1.txt"].text
        assert [one.copy for one in gold.labels] == [True, False]
        (passage,) = gold.passages["source-document2.txt", "suspicious-document1.txt"]
        assert suspicious[slice(*passage.right)] == TWO
        assert gold.articles["source-document2.txt"].text[slice(*passage.left)] == ONE
        assert gold.skipped[0].reason == "there is no suspicious-document1-source-document4.xml"
        assert gold.labels[0].kind in ("random", "")

    def test_a_truth_that_is_broken(self, pan):
        broken = next(path for path in pan.parent.rglob("*.xml"))
        write(broken, "<document><feature name='plagiarism' this_offset='x'/></document>")
        with pytest.raises(dedup.InputError, match="is no truth of a PAN corpus"):
            dedup.load_gold(pan)

    def test_a_folder_that_is_no_corpus(self, tmp_path):
        with pytest.raises(dedup.InputError, match="holds no list of pairs"):
            dedup.load_gold(tmp_path)


class TestResults:
    def test_of_a_scan(self, tmp_path):
        row = {"left": "b", "right": "a", "kind": "rewrite", "probability": 0.9,
               "passages": [{"left": [0, 5], "right": [1, 7], "similarity": 0.5}]}  # fmt: skip
        write(tmp_path / "matches.jsonl", json.dumps(row) + "\n")
        assert is_result(tmp_path)
        found = load_found(tmp_path)["a", "b"]
        assert (found.probability, found.kind) == (0.9, Kind.REWRITE)
        assert found.passages[0][:2] == ((1, 7), (0, 5))

    def test_of_any_tool(self, tmp_path):
        path = write(tmp_path / "a.csv", "left,right,score\na,b,0.25\nb,a,0.75\nc,d,\n")
        assert is_result(path)
        assert {pair: one.probability for pair, one in load_found(path).items()} == {("a", "b"): 0.75, ("c", "d"): 1.0}

    def test_what_is_none(self, tmp_path):
        assert not is_result(tmp_path)
        assert not is_result(write(tmp_path / "news.jsonl", '{"id": "a", "text": "A text."}\n'))
        with pytest.raises(dedup.InputError, match=r"a\.csv:2: is no pair with a score"):
            load_found(write(tmp_path / "a.csv", "left,right,score\na,b,high\n"))
