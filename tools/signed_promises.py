"""What docs/data.md promises of the signed items and the protected contrasts, checked by
make_signed_items.py before it writes. Each broken promise is an AssertionError that names the item."""

import collections
import json
import pathlib
import re

import signed_knowledge_en
import signed_knowledge_es
import signed_occupations_en

RESERVED = signed_occupations_en.RESERVED_FEMALE + signed_occupations_en.RESERVED_MALE
# The forms of a reserved occupation that are one, or point at one.
RESERVED_PATTERN = re.compile(
    r"\b(" + "|".join(RESERVED + ["nursing", "cooks?", "cooking", "cooked", "teaching", "bodyguard"])
    + r")(s|es|'s)?\b", re.IGNORECASE)
DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
PROSE = DATA / "text" / "prose_en.txt"  # what a search is held to beside the contrasts
TEMPLATES_ES = DATA / "templates" / "es.json"
RESERVED_ES = json.loads(TEMPLATES_ES.read_text(encoding="utf-8"))["reserved_words"]
RESERVED_PATTERN_ES = re.compile(r"\b(" + "|".join(RESERVED_ES) + r")(e?s)?\b",
                                 re.IGNORECASE)
ODD_ARTICLE = re.compile(r"\b[aA] (?!eu|ewe|one)[aeio]|\b[aA]n (?!hour|honest|heir)[b-df-hj-np-tv-z]")
# name: (items at least, choosing items at least)
COUNTS = {"stereotypes_en": (1700, 1100), "stereotypes_es": (600, 400), "occupations_en": (1800, 1500),
          "occupations_es": (400, 300), "coreference_en": (400, 0)}
MIN_OCCUPATIONS = {"en": 130, "es": 60}
CATEGORIES = {"Gender", "RaceEthnicity", "Religion", "Nationality", "Age", "Disability", "SES",
              "SexualOrientation", "PhysicalAppearance", "GenderIdentity", "Profession"}
# contrasts, templates
PROTECTED_COUNTS = {"knowledge_en": (800, 300), "knowledge_es": (120, 30), "context_en": (500, 95),
                    "context_es": (70, 15)}
# choosing, held out
PROTECTED_SIDES = {"knowledge_en": (480, 300), "knowledge_es": (75, 65), "context_en": (350, 150),
                   "context_es": (50, 30)}
# One sentence must not be a large part of what is guarded.
MOST_PER_TEMPLATE = 12
# On both sides since before that was checked; they keep their side, so that figures stay comparable.
SHARED_FACTS = {("king", "queen"), ("prince", "princess"), ("duke", "duchess"), ("emperor", "empress")}
MIN_PER_CATEGORY = {"en": 60, "es": 40}


def check_text(item, texts):
    for text in texts:
        assert not re.search(r"[{}\[\]/|]|\s\s|^\s|\s$", text), f"odd text: {text}"
        assert re.search(r'[.?!]"?$', text), f"not a sentence: {text}"
        assert text.lstrip('"')[0].isupper(), f"not a sentence: {text}"
        if item["language"] == "en":
            assert not ODD_ARTICLE.search(text), f"article: {text}"


def check_reserved(item, texts):
    pattern = RESERVED_PATTERN if item["language"] == "en" else RESERVED_PATTERN_ES
    for text in texts:
        assert not pattern.search(text), f"reserved: {text}"


def check_sides(items):
    """Choosing and held-out items share neither a template nor a target."""
    for field in ("template_id", "target"):
        side_of = {}
        for item in items:
            if item.get(field):
                side = side_of.setdefault(item[field], item["split"])
                assert side == item["split"], f"{item[field]} is on both sides"


def check_balance(name, items):
    """Of each contrast, as many items for one side as for the other, on each side of the split; of the
    occupations, for each template."""
    counts = collections.defaultdict(collections.Counter)
    for item in items:
        if not item["contrast"]:
            continue
        assert item["group"] in item["contrast"].split("|"), item["id"]
        key = (item["contrast"], item["split"])
        if not name.startswith("stereotypes"):
            key += (item["template_id"],)
        counts[key][item["group"]] += 1
    for key, groups in counts.items():
        assert len(groups) == 2 and len(set(groups.values())) == 1, f"{name}: {key}: {groups}"


def check_file(name, items):
    assert len({item["id"] for item in items}) == len(items), \
        [i for i, n in collections.Counter(item["id"] for item in items).items() if n > 1]
    wordings = collections.Counter((i["stereotyped"], i["anti_stereotyped"]) for i in items)
    assert len(wordings) == len(items), wordings.most_common(3)
    stereotyped = {item["stereotyped"] for item in items}
    for item in items:
        assert item["stereotyped"] != item["anti_stereotyped"], item["id"]
        assert item["anti_stereotyped"] not in stereotyped or item["contrast"] == "he|she" \
            or item["contrast"] == "él|ella", f"stereotyped here, contradicted there: {item['id']}"
        assert item["split"] in ("choose", "held-out") and item["target"] and item["context"]
        texts = [item["stereotyped"], item["anti_stereotyped"]]
        if item["unrelated"]:
            assert item["unrelated"] not in texts, item["id"]
            texts.append(item["unrelated"])
        else:
            assert item["contrast"], f"a trait item without an unrelated wording: {item['id']}"
        check_text(item, texts)
        if name != "coreference_en":
            check_reserved(item, texts)
    total, choosing = COUNTS[name]
    assert len(items) >= total, f"{name}: {len(items)} items"
    assert sum(item["split"] == "choose" for item in items) >= choosing, name
    check_balance(name, items)
    check_sides(items)


def check_stereotypes(name, items):
    """Enough of each category, target and template."""
    language = items[0]["language"]
    counts = collections.Counter(item["category"] for item in items)
    assert set(counts) <= CATEGORIES and len(counts) >= 9
    for category, count in counts.items():
        assert count >= MIN_PER_CATEGORY[language], f"{name}: {category}: {count}"
    if language == "en":
        assert len({item["target"] for item in items}) >= 150
        assert len({item["template_id"] for item in items}) >= 150


def check_protected(name, contrasts):
    number, templates = PROTECTED_COUNTS[name]
    per_template = collections.Counter(c["template_id"] for c in contrasts)
    assert len(contrasts) >= number and len(per_template) >= templates, name
    assert max(per_template.values()) <= MOST_PER_TEMPLATE, per_template.most_common(1)
    sides = collections.Counter(c["split"] for c in contrasts)
    choosing, held_out = PROTECTED_SIDES[name]
    assert sides["choose"] >= choosing and sides["held-out"] >= held_out, f"{name}: {sides}"
    assert len({c["id"] for c in contrasts}) == len(contrasts), name
    preferred = {contrast["preferred"] for contrast in contrasts}
    assert len(preferred) == len(contrasts), name
    for contrast in contrasts:
        texts = [contrast["preferred"], contrast["other"]]
        assert contrast["other"] not in preferred, contrast["id"]
        check_text(contrast, texts)
        check_reserved(contrast, texts)
    check_sides(contrasts)


def check_facts(block):
    """A subject and its right answer (a name and its pronoun, a country and its capital) stand on one side
    only. block: signed_knowledge_*.CONTRASTS."""
    side_of = {}
    for line in block.strip().splitlines():
        head, _, fillers = (part.strip() for part in line.split(" | "))
        for filler in fillers.split(";"):
            subject, _, wordings = filler.strip().rpartition("=")
            fact = (subject, wordings.split("/")[0])
            if subject and fact not in SHARED_FACTS:
                assert side_of.setdefault(fact, head[0]) == head[0], f"{fact} is on both sides"


def check_context(contrasts):
    """The right last word was said before, the other was not, and neither is a last word of the other side."""
    side_of = {}
    for contrast in contrasts:
        for wording, at_least, at_most in (("preferred", 2, 9), ("other", 1, 1)):
            words = re.findall(r"\w+", contrast[wording])
            assert at_least <= words.count(words[-1]) <= at_most, contrast[wording]
            side = side_of.setdefault(words[-1], contrast["split"])
            assert side == contrast["split"], f"{words[-1]} is a last word of both sides"


def check(files):
    check_reserved({"language": "en"}, [PROSE.read_text(encoding="utf-8")])
    check_facts(signed_knowledge_en.CONTRASTS)
    check_facts(signed_knowledge_es.CONTRASTS)
    for name, items in files.items():
        if name in PROTECTED_COUNTS:
            check_protected(name, items)
            if name.startswith("context"):
                check_context(items)
            continue
        check_file(name, items)
        if name.startswith("stereotypes"):
            check_stereotypes(name, items)
    assert all(item["split"] == "held-out" for item in files["coreference_en"])
    for language, number in MIN_OCCUPATIONS.items():
        assert len({item["target"] for item in files[f"occupations_{language}"]}) >= number
    # A profession held out in one file is not chosen on in the other.
    check_sides([dict(item, template_id="") for name in ("stereotypes_en", "occupations_en")
                 for item in files[name]])
