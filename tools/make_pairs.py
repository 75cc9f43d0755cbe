#!/usr/bin/env python3
"""Writes data/pairs/pairs_en.json and pairs_es.json from the templates and attributes beside this
script. Deterministic; run it after every change of a template:

    tools/make_pairs.py            # writes the two files
    tools/make_pairs.py --check    # exit 1 if the committed files are not what would be written
"""

import json
import pathlib
import re
import sys

import pair_templates_en
import pair_templates_es

ROOT = pathlib.Path(__file__).resolve().parent.parent


def english(template, attribute):
    """Fills {A}, {an A} and {An A}. Attribute: a word or phrase that goes before a noun."""
    sounds_like_vowel = attribute[0].lower() in "aeiou" and not attribute.lower().startswith("euro")
    sounds_like_vowel = sounds_like_vowel or attribute.startswith("LGBT")
    article = "an" if sounds_like_vowel else "a"
    text = template.replace("{an A}", f"{article} {attribute}")
    text = text.replace("{An A}", f"{article.capitalize()} {attribute}")
    return text.replace("{A}", attribute)


def spanish(template, attribute):
    """Fills {m} and {f} (an adjective, masculine or feminine) or {el} {un} {al} {del} (a noun with
    its article). Attribute: (masculine, feminine) of an adjective, or (gender, noun)."""
    first, second = attribute
    if first in ("m", "f"):
        masculine = first == "m"
        words = {"el": "el" if masculine else "la", "un": "un" if masculine else "una",
                 "al": "al" if masculine else "a la", "del": "del" if masculine else "de la"}
        for slot, word in words.items():
            template = template.replace("{%s}" % slot, f"{word} {second}")
            template = template.replace("{%s}" % slot.capitalize(), f"{word.capitalize()} {second}")
        return template
    return template.replace("{m}", first).replace("{f}", second)


def name_of(attribute):
    """The attribute as the file states it: in Spanish the masculine adjective, or the noun."""
    if isinstance(attribute, str):
        return attribute
    return attribute[1] if attribute[0] in ("m", "f") else attribute[0]


def slug(text):
    return re.sub(r"[^\w]+", "_", text.lower()).strip("_")


def make_part(language, category, templates, attribute_pairs, split, fill):
    pairs = []
    for t, (template_id, (context, template)) in enumerate(templates.items()):
        for a, (first, second) in enumerate(attribute_pairs):
            # Which attribute comes first alternates, so that neither side is always prompt_1.
            one, two = (first, second) if (t + a) % 2 == 0 else (second, first)
            template_key = f"{language}-{template_id}"
            pairs.append({
                "id": f"{template_key}-{category}-{slug(name_of(one))}-{slug(name_of(two))}",
                "category": category,
                "attribute_1": name_of(one),
                "attribute_2": name_of(two),
                "token_count": max(len(name_of(one).split()), len(name_of(two).split())),
                "template_id": template_key,
                "context": context,
                "prompt_1": fill(template, one),
                "prompt_2": fill(template, two),
                "language": language,
                "split": split,
            })
    return pairs


def make_pairs(language, source, fill):
    pairs = []
    for category, parts in source.CATEGORIES.items():
        choose = {key: source.SHARED_CHOOSE[key] for key in parts["shared_choose"]}
        choose.update(parts["choose_templates"])
        held_out = {key: source.SHARED_HELD_OUT[key] for key in parts["shared_held_out"]}
        held_out.update(parts["held_out_templates"])
        pairs += make_part(language, category, choose, parts["choose_pairs"], "choose", fill)
        pairs += make_part(language, category, held_out, parts["held_out_pairs"], "held-out", fill)
    return pairs


def check(pairs, reserved_words):
    """Stops on a broken promise of docs/data.md."""
    assert len(pairs) >= 300 and len({p["id"] for p in pairs}) == len(pairs)
    assert len({(p["prompt_1"], p["prompt_2"]) for p in pairs}) == len(pairs)
    sides = {}
    for p in pairs:
        attributes = frozenset((p["attribute_1"], p["attribute_2"]))
        for key in (p["template_id"], attributes):
            assert sides.setdefault(key, p["split"]) == p["split"], f"{key} is on both sides"
        for prompt in (p["prompt_1"], p["prompt_2"]):
            assert not re.search(r"[{}]|\s\s|\s$", prompt), f"odd text: {prompt}"
            for word in re.findall(r"\w+", prompt.lower()):
                singular = word[:-1] if word.endswith("s") else word
                assert not {word, singular} & set(reserved_words), f"reserved word: {prompt}"


def main():
    only_check = "--check" in sys.argv[1:]
    status = 0
    for language, source, fill in (("en", pair_templates_en, english),
                                   ("es", pair_templates_es, spanish)):
        pairs = make_pairs(language, source, fill)
        check(pairs, source.RESERVED_WORDS)
        lines = ",\n".join(json.dumps(pair, ensure_ascii=False) for pair in pairs)
        text = f"[\n{lines}\n]\n"
        path = ROOT / "data" / "pairs" / f"pairs_{language}.json"
        if only_check:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                print(f"{path.relative_to(ROOT)} is stale: run tools/make_pairs.py")
                status = 1
            continue
        path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {len(pairs)} pairs")
    return status


if __name__ == "__main__":
    sys.exit(main())
