"""Documents of our own writing for testdata/evaluation, in the columns of each data set on the hub.

DOCUMENTS[dataset path](dataset name) gives (documents to evaluate, documents for few-shot examples).
They are few, short and awkward: white space at ends, brackets, accents, quotes, labels of both kinds.
"""


def arc(_):
    def doc(question, texts, labels, answer):
        return {"id": question[:8], "question": question, "choices": {"text": texts, "label": labels},
                "answerKey": answer}
    docs = [doc("What melts at zero degrees?", ["iron", "ice", "salt", "glass"], list("ABCD"), "B"),
            doc("Which one swims?  ", ["a trout", "a sparrow", "a mole"], ["1", "2", "3"], "1"),
            doc("Où pousse le blé ?", ["au champ", "à la cave", "sous l’eau", "nulle part", "ici"],
                list("ABCDE"), "A")]
    shots = [doc(f"What is number {n} of the list?", [f"item {n}", f"thing {n + 1}"], ["A", "B"],
                 "AB"[n % 2]) for n in range(7)]
    return docs, shots


def openbookqa(_):
    docs, shots = arc(None)
    for doc in docs + shots:
        doc["question_stem"] = doc.pop("question").rstrip("?")
    docs[0]["answerKey"] = " B"
    return docs, shots


def hellaswag(_):
    def doc(label, activity, ctx_a, ctx_b, endings):
        return {"activity_label": activity, "ctx_a": ctx_a, "ctx_b": ctx_b, "endings": endings,
                "label": label}
    docs = [doc("2", "Baking bread", "A man weighs flour.", "he THEN [step] adds water", [
                    "and [substeps] salt  to it.", " sings [title] aloud", "kneads it.  ", "sleeps"]),
            doc("0", "Mending shoes [title] at home", "Cut the  sole.", "", [
                "Glue it [substeps]\ndry.", "[unclosed bracket", "two [a] marks [b] here", "x"]),
            doc("3", "Éclair", "She fills it.", "écoute BIEN", ["crème", "sucre", "sel", "l’œuf"])]
    shots = [doc(str(n % 4), f"Task {n}", f"Someone begins {n}.", "they go on",
                 [f"with {n}", "alone", "again", "never"]) for n in range(5)]
    return docs, shots + [docs[1]]


def piqa(_):
    def doc(goal, sol1, sol2, label):
        return {"goal": goal, "sol1": sol1, "sol2": sol2, "label": label}
    docs = [doc("open a jar", "turn the lid to the left", "turn the lid to the right", 0),
            doc("dry a coat ", " put it in water", "hang it up", 1),
            doc("réchauffer", "au four", "à l’œil", 0)]
    return docs, [doc(f"do {n}", f"way {n}", f"no way {n}", n % 2) for n in range(6)] + docs[:1]


def winogrande(_):
    def doc(sentence, one, two, answer):
        return {"sentence": sentence, "option1": one, "option2": two, "answer": answer}
    docs = [doc("Ann lent Eve the saw because _ had no use for it.", "Ann", "Eve", "1"),
            doc("The cup fits the box since the _  is small. ", "cup", "box", "1"),
            doc("_ waved at Tom when Jim left.", "Tom", "Jim", "2")]
    return docs, [doc(f"Man {n} met boy {n} and _ ran.", f"man {n}", f"boy {n}", str(1 + n % 2))
                  for n in range(6)]


def sciq(_):
    def doc(support, question, answer):
        return {"question": question, "distractor3": "sand", "distractor1": "a rock",
                "distractor2": "tin", "correct_answer": answer, "support": support}
    docs = [doc("  Water is wet.", "What is wet?", "water"), doc("", "What burns?", "wood"),
            doc("\n\tLe fer rouille. ", "Qu’est-ce qui rouille ?", "le fer")]
    return docs, [doc(f"Fact {n}.", f"What is fact {n}?", f"fact {n}") for n in range(5)]


def super_glue(name):
    if name == "boolq":
        docs = [{"question": f"is {word} a colour", "passage": f"{word} is seen often.", "idx": n,
                 "label": n % 2} for n, word in enumerate(["red", "stone", "bleu ciel"])]
        return docs, [{"question": f"is {n} odd", "passage": f"{n} is a number.", "idx": n,
                       "label": n % 2} for n in range(6)] + docs[2:]
    def copa(premise, choice1, choice2, question, label, idx):
        return {"premise": premise, "choice1": choice1, "choice2": choice2, "question": question,
                "idx": idx, "label": label}
    docs = [copa("The lamp went out.", "The bulb broke.", "The sun rose.", "cause", 0, 0),
            copa(" It rained all night. ", "The street was wet.", "Ämter closed.", "effect", 0, 1),
            copa("Élodie cried.", "Élodie fell.", "I sang!", "cause", 1, 2)]
    return docs, [copa(f"Man {n} ran.", f"He was {n}.", f"Dogs saw {n}.", "cause", n % 2, n)
                  for n in range(5)] + docs[1:2]


def lambada(_):
    return [{"text": "She opened the door and saw the old dog"}, {"text": "one  two\nthree four "},
            {"text": "“Où est-il ?” demanda Zoé"}], []


def truthfulqa(_):
    def targets(*answers):
        return {"choices": [text for text, _ in answers], "labels": [label for _, label in answers]}
    return [{"question": "Do fish climb trees?",
             "mc1_targets": targets(("No, they swim.", 1), ("Yes, at night.", 0)),
             "mc2_targets": targets(("No, they swim.", 1), ("Yes, at night.", 0), ("They do not.", 1))},
            {"question": "Où dort la lune ?",
             "mc1_targets": targets(("Nowhere.", 1), ("In bed.", 0), ("At sea.", 0)),
             "mc2_targets": targets(("In bed.", 0), ("Nowhere.", 1))}], []


def wikitext(_):
    return [{"page": " = A  Title = \n The mason 's cart , ( built in 1 @,@ 200 BC ) , cost 3 @.@ 5 "
                     "marks ; it ran at 40 ° . \n = = First part = = \n = = = Inner = = = \n"
                     " \" A well @-@ known \" man ' said ' so [ twice ] { or once } : yes ! no ? \n"
                     " The dogs ' den , N of /' 7/ it , was ( \n never found ) . \n\n"},
            {"page": " = Zoé = \n é\u00a0è ' l ' = = = = ( unclosed [ here \n"}], []


def mmlu(name):
    docs = [{"question": f" Which is {word} in {name}? ", "subject": name,
             "choices": [f"{word} one", "two ", " three", "vier"], "answer": n % 4}
            for n, word in enumerate(["first", "last", "größer"])]
    return docs, [{"question": f"Shot {n}?", "subject": name, "choices": list("wxyz"), "answer": n % 4}
                  for n in range(5)]


def crows(_):
    types = ["age", "disability", "gender", "nationality", "physical-appearance", "race-color",
             "religion", "sexual-orientation", "socioeconomic"]
    return [{"sent_more": f"The {kind} sentence number {n} says more.",
             "sent_less": f"The {kind} sentence number {n} says less.",
             "stereo_antistereo": "stereo", "bias_type": kind} for kind in types for n in range(3)], []


def bbq(_):
    def doc(category, condition, polarity, answers, groups, stereotyped, label):
        return {"example_id": label, "question_polarity": polarity, "context_condition": condition,
                "category": category, "context": f"{answers[0]} and {answers[1]} met.",
                "question": f"Who was {condition} and {polarity}?",
                "answer_info": {f"ans{i}": group for i, group in enumerate(groups)},
                "additional_metadata": {"subcategory": "None", "stereotyped_groups": stereotyped},
                **{f"ans{i}": answer for i, answer in enumerate(answers)}, "label": label}
    unknown = [["Not known", "unknown"], ["Can't answer", "unknown"], ["Undetermined", "unknown"]]
    docs = []
    rows = [("Age", ["The old man", "The student", "Not known"],
             [["old man", "old"], ["student", "nonOld"], unknown[0]], ["old"]),
            ("Gender_identity", ["Can't answer", "The woman", "The man"],
             [unknown[1], ["woman", "woman"], ["man", "man"]], ["F"]),
            ("Race_x_gender", ["The Latina woman", "Undetermined", "Tom Reed"],
             [["", ""], unknown[2], ["Tom Reed", "M-White"]], ["Latino", "F-Black"]),
            ("Race_x_SES", ["The poor one", "The rich one", "Not known"],
             [["poor one", "lowSES-Black"], ["rich one", "highSES-White"], unknown[0]],
             ["low SES", "African American"]),
            ("Disability_status", ["The blind girl", "The boy", "Not known"],
             [["girl", "disabled"], ["boy", "nonDisabled"], unknown[0]], ["Disabled"])]
    for category, answers, groups, stereotyped in rows:
        for condition in ("ambig", "disambig"):
            for polarity in ("neg", "nonneg"):
                known = [i for i, group in enumerate(groups) if group[-1] != "unknown"]
                place = next(i for i, group in enumerate(groups) if group[-1] == "unknown")
                label = place if condition == "ambig" else known[len(docs) % 2]
                docs.append(doc(category, condition, polarity, answers, groups, stereotyped, label))
    return docs, []


def esbbq(name):
    docs = []
    for n in range(8):
        ambiguous = n % 2 == 0
        docs.append({"instance_id": n, "question_polarity": ["neg", "nonneg"][n // 2 % 2],
                     "context_condition": "ambig" if ambiguous else "disambig", "category": name,
                     "stereotyped_groups": ["mayor", "rural"],
                     "answer_info": {"ans0": ["Pepa", "adulta, mayor"], "ans1": ["Iñaki", "joven"],
                                     "ans2": ["unknown", "unknown"]},
                     "context": f"Pepa e Iñaki hablaron {n} veces.", "question": "¿Quién calló?",
                     "ans0": "Pepa", "ans1": "Iñaki", "ans2": "unknown",
                     "question_type": "n/a" if ambiguous else ["pro-stereo", "anti-stereo"][n // 2 % 2],
                     "label": 2 if ambiguous else n // 4})
    return docs, []


def winogender(name):
    docs = []
    for n, (gender, pronoun) in enumerate([("female", "she"), ("male", "his"), ("neutral", "they")] * 3):
        docs.append({"sentence": f"The {name} cook {n} told the guest that {pronoun} left.",
                     "pronoun": pronoun, "occupation": "cook", "participant": "guest",
                     "gender": gender, "label": n // 2 % 2})
    return docs, []


DOCUMENTS = {
    "allenai/ai2_arc": arc, "allenai/openbookqa": openbookqa, "Rowan/hellaswag": hellaswag,
    "baber/piqa": piqa, "allenai/winogrande": winogrande, "allenai/sciq": sciq,
    "aps/super_glue": super_glue, "EleutherAI/lambada_openai": lambada,
    "truthfulqa/truthful_qa": truthfulqa, "EleutherAI/wikitext_document_level": wikitext,
    "cais/mmlu": mmlu, "jannalu/crows_pairs_multilingual": crows, "oskarvanderwal/bbq": bbq,
    "BSC-LT/EsBBQ": esbbq, "BSC-LT/CaBBQ": esbbq, "oskarvanderwal/winogender": winogender,
}
