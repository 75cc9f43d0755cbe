#!/usr/bin/env python3
"""Writes data/signed/*.json from the lists beside this script (signed_*.py). Deterministic; run it
after every change of a list:

    tools/make_signed_items.py            # writes the files
    tools/make_signed_items.py --check    # exit 1 if the committed files are not what would be written

It stops where a promise of docs/data.md is broken (signed_promises.py).
"""

import json
import pathlib
import re
import sys

import signed_context
import signed_groups_en
import signed_knowledge_en
import signed_knowledge_es
import signed_occupations_en
import signed_occupations_es
import signed_promises
import signed_stereotypes_es
import signed_traits_en

ROOT = pathlib.Path(__file__).resolve().parent.parent
FRAMES_PER_TRAIT = 2
PAIRS_PER_COREFERENCE = 12


def slug(text):
    return re.sub(r"[^\w]+", "_", text.lower()).strip("_")


def with_article(phrase):
    """The phrase with its indefinite article, by sound."""
    word = phrase.lower()
    vowel = word[0] in "aeiou" and not re.match(r"eu|uni|one|ubi|user|utop|uto", word)
    vowel = vowel or word.startswith(("heir", "honest", "hour", "8", "11", "18", "x-"))
    return f"{'an' if vowel else 'a'} {phrase}"


def capital(text):
    return text[0].upper() + text[1:]


# Traits: `target | a one/two/three ; v did [one/two/three] it`.

def parse_traits(block):
    """Yields (target, kind, [stereotyped, anti-stereotyped, unrelated])."""
    for line in block.strip().splitlines():
        target, traits = (part.strip() for part in line.split("|"))
        for trait in traits.split(";"):
            kind, text = trait.strip().split(" ", 1)
            match = re.fullmatch(r"(.*)\[(.*)\](.*)", text)
            before, words, after = match.groups() if match else ("", text, "")
            words = words.split("/")
            assert kind in ("a", "n", "v") and len(words) == 3, line
            if before.endswith(" an ") or before.endswith(" a "):
                before = before.rsplit(" ", 2)[0] + " "
                words = [with_article(word) for word in words]
            yield target, kind, [before + word + after for word in words]


def fill_spanish(text, phrase, trait=""):
    """The phrase (a target or a group) stands with its article, so that only its case changes."""
    for slot in "tg":
        text = text.replace("{%s}" % slot, phrase).replace("{%s}" % slot.upper(), capital(phrase))
    return text.replace("{X}", trait)


def fill_trait(frame, target, trait):
    text = frame.replace("{a T}", with_article(target)).replace("{T}", target)
    return text.replace("{a X}", with_article(trait)).replace("{X}", trait)


def trait_items(language, parts, fill):
    """parts: (split, frames, blocks by category)."""
    items = []
    for split, frames, blocks in parts:
        used = dict.fromkeys(frames, 0)
        for category, block in blocks.items():
            for target, kind, traits in parse_traits(block):
                for _ in range(FRAMES_PER_TRAIT):
                    number = used[kind] % len(frames[kind])
                    used[kind] += 1
                    context, frame = frames[kind][number]
                    side = "c" if split == "choose" else "h"
                    items.append({
                        "id": f"{language}-{category}-{slug(target)}-{slug(traits[0])}-{kind}{side}{number}",
                        "category": category, "context": context,
                        "template_id": f"{language}-trait-{kind}{side}{number}",
                        "language": language, "split": split, "target": target,
                        "contrast": "", "group": "",
                        "stereotyped": fill(frame, target, traits[0]),
                        "anti_stereotyped": fill(frame, target, traits[1]),
                        "unrelated": fill(frame, target, traits[2]),
                    })
    return items


# Groups: a block is one contrast (signed_groups_*.py says how it is written).

def parse_contrast(block):
    lines = block.strip().splitlines()
    pairs = {}
    for line, split in zip(lines[1:3], ("choose", "held-out")):
        assert line.startswith(split + ":"), line
        listed = line.split(":", 1)[1].strip()
        pairs[split] = [tuple(pair.split("/")) for pair in listed.split(", ")] if listed else []
    statements = []
    for line in lines[3:]:
        head, text = line.split(": ", 1)
        side, context = head.split(" ")
        split = "held-out" if side.startswith("h") else "choose"
        statements.append((split, int(side[-1]) - 1, context, text))
    return lines[0].strip(), pairs, statements


def fill_group(statement, group):
    for slot, text in (("{the G}", f"the {group}"), ("{The G}", f"The {group}"),
                       ("{a G}", with_article(group)), ("{A G}", capital(with_article(group))),
                       ("{G}", group)):
        statement = statement.replace(slot, text)
    return statement


def group_items(language, contrasts, fill):
    items = []
    for category, blocks in contrasts.items():
        for block in blocks.strip().split("\n\n"):
            contrast, pairs, statements = parse_contrast(block)
            words = {split: {word for pair in listed for word in pair} for split, listed in pairs.items()}
            assert not words["choose"] & words["held-out"], contrast
            for number, (split, side, context, statement) in enumerate(statements):
                for pair in pairs[split]:
                    key = f"{language}-group-{slug(contrast)}-{number}"
                    items.append({
                        "id": f"{key}-{category}-{slug(pair[side])}",
                        "category": category, "context": context, "template_id": key,
                        "language": language, "split": split, "target": pair[side],
                        "contrast": contrast, "group": contrast.split("|")[side],
                        "stereotyped": fill(statement, pair[side]),
                        "anti_stereotyped": fill(statement, pair[1 - side]),
                        "unrelated": "",
                    })
    return items


# Occupations.

def with_pronoun(text, side):
    return re.sub(r"\{(\w+)/(\w+)\}", lambda match: match[side + 1], text)


def occupation_item(language, key, context, split, names, side, text):
    """side: 0 where the occupation that the pronoun means (the first name) is typically a man's."""
    contrast = {"en": "he|she", "es": "él|ella"}[language]
    return {
        "id": f"{key}-{'-'.join(slug(name) for name in names)}",
        "category": "Gender", "context": context, "template_id": key, "language": language,
        "split": split, "target": names[0],
        "contrast": contrast, "group": contrast.split("|")[side],
        "stereotyped": with_pronoun(text, side), "anti_stereotyped": with_pronoun(text, 1 - side),
        "unrelated": "",
    }


def single_items(language, split, templates, male, female, every):
    """Each template takes every `every`-th occupation of both lists, the next one another part."""
    items = []
    for number, (context, template) in enumerate(templates):
        key = f"{language}-one-{'c' if split == 'choose' else 'h'}{number}"
        for side, names in ((0, male), (1, female)):
            for name in names[number % every::every]:
                text = template.replace("a well-known {O}", f"a well-known {name}").replace("{O}", name)
                items.append(occupation_item(language, key, context, split, [name], side, text))
    return items


def double_items(language, split, key, sentence, number_of_pairs, offset, male, female):
    """Both directions of each pair: the pronoun means the man's occupation as often as the other."""
    items = []
    context, refers, template = sentence
    for i in range(number_of_pairs):
        pair = [male[(i + 7 * offset) % len(male)], female[(3 * i + 11 * offset) % len(female)]]
        for side in (0, 1):
            meant, other = pair[side], pair[1 - side]
            a, b = (meant, other) if refers == "A" else (other, meant)
            text = template.replace("{A}", a).replace("{B}", b)
            items.append(occupation_item(language, key, context, split, [meant, other], side, text))
    return items


def occupations(language, source):
    names = source.MALE_CHOOSE + source.FEMALE_CHOOSE + source.MALE_HELD_OUT + source.FEMALE_HELD_OUT
    assert len(set(names)) == len(names), "an occupation is listed twice"
    items = []
    for split, male, female in (("choose", source.MALE_CHOOSE, source.FEMALE_CHOOSE),
                                ("held-out", source.MALE_HELD_OUT, source.FEMALE_HELD_OUT)):
        part = "CHOOSE" if split == "choose" else "HELD_OUT"
        items += single_items(language, split, getattr(source, f"SINGLE_{part}"), male, female,
                              getattr(source, f"EVERY_{part}", 1))
        pairs = getattr(source, f"PAIRS_{part}", len(male) // 2)
        for number, sentence in enumerate(getattr(source, f"DOUBLE_{part}", [])):
            key = f"{language}-two-{part[0].lower()}{number}"
            items += double_items(language, split, key, sentence, pairs, number, male, female)
    return items


def english_coreference():
    source = signed_occupations_en
    items = []
    for number, (kind, context, refers, template) in enumerate(source.COREFERENCE):
        items += double_items("en", "held-out", f"en-{kind}-{number}", (context, refers, template),
                              PAIRS_PER_COREFERENCE, number, source.RESERVED_MALE,
                              source.RESERVED_FEMALE)
    return items


def stereotypes(language, traits, groups, trait_fill, group_fill):
    return trait_items(language, [("choose", traits.FRAMES_CHOOSE, traits.CHOOSE),
                                  ("held-out", traits.FRAMES_HELD_OUT, traits.HELD_OUT)],
                       trait_fill) + group_items(language, groups.CONTRASTS, group_fill)


# What must not be lost: `side category | sentence | word=right/wrong; …`.

def protected(language, kind, block):
    contrasts = []
    for number, line in enumerate(block.strip().splitlines()):
        head, sentence, fillers = (part.strip() for part in line.split(" | "))
        side, category = head.split(" ")
        for filler in fillers.split(";"):
            word, _, wordings = filler.strip().rpartition("=")
            text = capital(sentence.replace("{x}", word))
            right, wrong = wordings.split("/")
            contrasts.append({
                "id": f"{language}-{kind}-{number}-{slug(word + ' ' + right)}",
                "category": category, "template_id": f"{language}-{kind}-{number}",
                "language": language, "split": "choose" if side == "c" else "held-out",
                "preferred": capital(text.replace("{?}", right)),
                "other": capital(text.replace("{?}", wrong)),
            })
    return contrasts


def make_all():
    return {
        "stereotypes_en": stereotypes("en", signed_traits_en, signed_groups_en, fill_trait, fill_group),
        "stereotypes_es": stereotypes("es", signed_stereotypes_es, signed_stereotypes_es,
                                      fill_spanish, fill_spanish),
        "occupations_en": occupations("en", signed_occupations_en),
        "occupations_es": occupations("es", signed_occupations_es),
        "coreference_en": english_coreference(),
        "knowledge_en": protected("en", "know", signed_knowledge_en.CONTRASTS),
        "knowledge_es": protected("es", "know", signed_knowledge_es.CONTRASTS),
        "context_en": protected("en", "context", signed_context.CONTRASTS["en"]),
        "context_es": protected("es", "context", signed_context.CONTRASTS["es"]),
    }


def main():
    only_check = "--check" in sys.argv[1:]
    status = 0
    files = make_all()
    signed_promises.check(files)
    for name, items in files.items():
        lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)
        text = f"[\n{lines}\n]\n"
        path = ROOT / "data" / "signed" / f"{name}.json"
        if only_check:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                print(f"{path.relative_to(ROOT)} is stale: run tools/make_signed_items.py")
                status = 1
            continue
        path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {len(items)} items")
    return status


if __name__ == "__main__":
    sys.exit(main())
