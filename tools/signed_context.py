"""Protected contrasts in context, English and Spanish: passages whose last word was said before, beside a
word that was not. What a model loses there, it loses of following a text (make_signed_items.py combines
them).

A line is `side category | passage`; `c` is for choosing, `h` held out. {x} is the word that comes again at
{?}. The words of a category are `right/wrong`; those for choosing and those held out are not the same. Both
words of a pair are names of the same gender, so that no pronoun decides.
"""

WORDS_EN = {
    "people": ("Marcus/Oliver; Ingrid/Beatrice; Tariq/Felix; Yolanda/Miriam; Stefan/Gordon; Helga/Priya; "
               "Leonard/Hassan; Colette/Judith; Dmitri/Walter; Noor/Agnes",
               "Rupert/Gilbert; Esther/Camille; Kofi/Vincent; Paloma/Harriet; Anton/Desmond; Leila/Gwen"),
    "things": ("lantern/umbrella; kettle/ladder; violin/hammer; suitcase/mirror; bicycle/sofa; compass/pillow; "
               "blanket/bucket; camera/barrel; telescope/carpet; necklace/teapot",
               "basket/helmet; clarinet/shovel; notebook/curtain; wallet/candle; rucksack/saucepan; map/coin"),
    "places": ("station/harbour; library/bakery; museum/stadium; lighthouse/factory; market/castle; "
               "theatre/airport; chapel/garage; orchard/bridge",
               "mill/palace; cinema/quarry; hotel/prison; monastery/beach; clinic/farm"),
    "answers": ("red/brown; Tuesday/Sunday; seven/forty; copper/plastic; Norwegian/Persian; winter/summer; "
                "chess/tennis; rice/cheese",
                "green/yellow; Friday/Monday; twelve/ninety; silver/cotton; Italian/Welsh; bread/soup"),
}

PASSAGES_EN = """
c people | {x} and Dora had shared the flat for years. When the heating failed in January, Dora called for help at once, but in the end the bill was paid by {?}.
c people | The letter was for {x}, who was out in the garden. Vera put it on the stairs. In the evening it was still there, and she began to wonder what had happened to {?}.
c people | "Who moved the chairs?" asked Benjamin. Nobody spoke. Then somebody at the back of the hall stood up. It was {x}. "Thank you," said Benjamin. "I knew that I could count on you, {?}."
c people | When the boat turned over, {x} was the first to reach the shore. Simone came next, out of breath. She sat down on the stones, wrung out her sleeves and smiled at {?}.
c people | My cousin wanted to learn to skate, so I rang {x}, who has been on the ice since childhood. They met at the lake on Saturday. By the afternoon my cousin could stand, and all the thanks went to {?}.
c people | Only two of us knew the way: {x} and I. I had hurt my foot and could not walk any more. So the group went on without me, and at the front, with the torch, went {?}.
c people | The judges argued for an hour. One of them liked the cake with plums, the others the one that {x} had made. At last they agreed, and the first prize went to {?}.
c people | {x} had not slept, for the neighbours' dog had barked all night. At breakfast Clara asked whether anybody felt tired. There was a long yawn, and everyone at the table looked at {?}.
c people | On the back of the photograph stood three names: Ella, Bruno and {x}. Ella was on the left, with the hat. Bruno was the tall one in the middle. So the one on the right had to be {?}.
c things | The {x} had been in the attic for as long as anyone remembered. When the house was sold, the sisters shared out the books and the plates. What neither of them wanted was the {?}.
c things | Before the trip Irene laid everything on the bed: socks, soap, tickets and the {x}. At the border she opened her bag and turned pale. She had forgotten the {?}.
c things | "How much is the {x}?" asked the customer. The shopkeeper named a price. The customer shook her head and went to the door. "Wait," he called. "For half of that I will give you the {?}."
c things | A thief broke into the house on the hill. He had heard of the {x} and looked for it in every room, but it was well hidden. He left with some spoons, and the family still has the {?}.
c things | For his birthday Jonas wished for nothing but the {x} in the window of the shop. His aunt gave him a book instead. He thanked her, but all evening he thought of the {?}.
c things | Someone had left a {x} on the bench. An hour later it began to rain, and the caretaker came out to close the gate. He looked around for its owner, then took shelter with the {?}.
c things | We could not agree on what to sell first. My brother was for the old clock, and I was for the {x}. We tossed a coin, and I lost, so what we kept was the {?}.
c places | They had planned to meet at the {x} at noon. Nora waited at the fountain until one, then remembered. She picked up her bag and ran all the way to the {?}.
c places | The road forks behind the village. To the left it goes down to the river, to the right it climbs to the {x}. We wanted a view, so we turned right, and in half an hour we stood in front of the {?}.
c places | The guide spoke about the {x} for a long time: who had built it, who had paid for it, and why it had burned down twice. When we asked what we could see today, he led us to the {?}.
c places | My grandmother worked at the {x} for thirty years. On her last day they gave her flowers and a clock. Even now, when she takes the bus into town, she gets off one stop early, to walk past the {?}.
c places | From the front seat of the taxi came the question where to go. "To the {x}," said Victor. It was a quiet ride, and he fell asleep. When he woke up, the car had stopped, and in front of him lay the {?}.
c answers | The first question of the quiz was easy. Everybody at our table said {x} at once, apart from Ruth, who said nothing. We wrote it down. The quizmaster smiled and read the answer aloud: {?}.
c answers | The voice on the telephone said one word, {x}. Paul did not understand and asked again. The line was bad, and there was a lot of noise. The voice repeated, slowly and clearly, just the one word: {?}.
c answers | On the form you had to fill in one word. Hilda did not know what to write and looked at her neighbour's sheet. There it said "{x}". She took up her pen and wrote: {?}.
h people | {x} had promised to water the plants while Sylvia was away. When she came back, the leaves were green and the soil was wet. She wrote a card, and on the envelope she put the name of {?}.
h people | The teams were chosen one by one. Edgar took the fastest first, then the strongest. Nobody had called {x} yet. There was only one place left, and at last he pointed at {?}.
h people | There was a knock. "It must be {x}," said Aunt Tilda, and put another plate on the table. She opened the door. Outside, with snow on both shoulders, stood {?}.
h people | The play needed a king. Martha was too young, and Silas had no voice. {x} knew every line by heart, although no one had asked for it. So the crown went to {?}.
h people | We found the diary under a floorboard. Every page was about one person: what {x} wore, what {x} said, where {x} had gone. On the last page there was only a name: {?}.
h things | All week the children had been building a hut. They had nails and boards, but nothing for the roof. Then Otto came along with a {x}. They laughed at first. But the best part of the hut in the end was the {?}.
h things | The museum bought two pieces at the auction, a chair and a {x}. The chair turned out to be a copy. Visitors pass it without a look, and all of them stop in front of the {?}.
h things | I packed the {x} at the very bottom of the box, under the winter clothes. When they dropped it on the stairs, I heard something break. I lifted out the clothes one by one, and there lay what was left of the {?}.
h things | Ada could carry only one thing out of the burning house. The papers were in the desk, and the {x} hung beside the door. There was no time to think, and she ran out with the {?}.
h places | At the edge of the old map somebody had drawn a cross beside the {x}. We walked there at dawn with two spades. There was nothing to be seen but grass, until the fog lifted and we saw the {?}.
h places | Every Thursday the bus brought a group of visitors to the {x}. This Thursday it broke down in the valley. The visitors got off, looked up the hill, and set out on foot for the {?}.
h answers | Nobody could guess the password. They tried the name of the cat and the year of the wedding. Then Lucas saw the word {x} on a note under the keyboard. He typed it in, letter by letter: {?}.
h answers | "Say one word, the first that you think of," said the doctor. The patient said {x}. The doctor wrote it down. "And now once more." The patient thought for a moment and said again: {?}.
"""

WORDS_ES = {
    "personas": ("Marcos/Óliver; Ingrid/Beatriz; Tarik/Félix; Yolanda/Miriam; Esteban/Gonzalo; Helga/Priscila",
                 "Ruperto/Gilberto; Ester/Camila; Vicente/Damián; Paloma/Herminia; Raimundo/Leandro; Jimena/Rocío"),
    "cosas": ("violín/martillo; espejo/paraguas; farol/cubo; telescopio/barril; collar/colchón",
              "clarinete/rastrillo; cuaderno/casco; cofre/abrigo"),
    "lugares": ("puerto/mercado; museo/estadio; castillo/taller; teatro/hospital",
                "molino/palacio; cine/convento; hotel/faro"),
}

PASSAGES_ES = """
c personas | {x} y Dora compartían el piso desde hacía años. Cuando se estropeó la calefacción en enero, Dora pidió ayuda enseguida, pero al final la factura la pagó {?}.
c personas | La carta era para {x}, que estaba en el jardín. Vera la dejó en la escalera. Por la noche seguía allí, y empezó a preguntarse qué le habría pasado a {?}.
c personas | Solo dos conocíamos el camino: {x} y yo. Me había hecho daño en el pie y no podía seguir. El grupo continuó sin mí, y delante de todos, con la linterna, iba {?}.
c personas | En el reverso de la foto había tres nombres: Elena, Bruno y {x}. Elena llevaba el sombrero. Bruno era el alto del centro. Así que a la derecha tenía que estar {?}.
c personas | El jurado discutió durante una hora. A uno le gustaba la tarta de ciruelas, a los demás la que había hecho {x}. Al final se pusieron de acuerdo, y el primer premio fue para {?}.
c cosas | El {x} llevaba en el desván más tiempo del que nadie recordaba. Cuando se vendió la casa, las hermanas se repartieron los libros y los platos. Lo que ninguna quiso fue el {?}.
c cosas | Antes del viaje, Irene lo puso todo sobre la cama: el jabón, los billetes y el {x}. En la frontera abrió la bolsa y se quedó pálida. Se había olvidado el {?}.
c cosas | Para su cumpleaños, Jonás no deseaba más que el {x} del escaparate. Su tía le regaló un libro. Le dio las gracias, pero toda la tarde estuvo pensando en el {?}.
c lugares | Habían quedado en el {x} a mediodía. Nora esperó junto a la fuente hasta la una, y entonces se acordó. Cogió el bolso y corrió hasta el {?}.
c lugares | Mi abuela trabajó en el {x} treinta años. El último día le dieron flores y un reloj. Todavía hoy, cuando va a la ciudad, se baja una parada antes para pasar por delante del {?}.
h personas | {x} había prometido regar las plantas mientras Silvia estaba fuera. Cuando volvió, las hojas estaban verdes. Escribió una tarjeta, y en el sobre puso el nombre de {?}.
h personas | Llamaron a la puerta. "Debe de ser {x}", dijo la tía Matilde, y puso otro plato en la mesa. Abrió. Fuera, con nieve en los hombros, estaba {?}.
h personas | Encontramos el diario debajo de una tabla. Todas las páginas hablaban de una sola persona: qué llevaba {x}, qué decía {x}, adónde había ido {x}. En la última solo había un nombre: {?}.
h personas | La obra necesitaba un rey. Marta era demasiado joven, y Elías no tenía voz. {x} se sabía todo el texto de memoria, aunque nadie se lo había pedido. La corona fue para {?}.
h cosas | El museo compró dos piezas en la subasta, una silla y un {x}. La silla resultó ser una copia. Los visitantes pasan de largo, y todos se paran delante del {?}.
h cosas | Ada solo podía sacar una cosa de la casa en llamas. Los papeles estaban en el escritorio, y el {x} colgaba junto a la puerta. No había tiempo para pensar, y salió corriendo con el {?}.
h lugares | Todos los jueves el autobús traía visitantes al {x}. Este jueves se averió en el valle. Los visitantes bajaron, miraron hacia arriba y se pusieron en marcha a pie hacia el {?}.
"""

WORDS_PER_PASSAGE = 6


def contrasts(words_of, passages, rotated=WORDS_PER_PASSAGE):
    """Lines as signed_knowledge_en.CONTRASTS has them: every passage with some words of its side, another
    part of the list for each passage."""
    lines, number_of = [], {}
    for line in passages.strip().splitlines():
        head, passage = line.split(" | ")
        side, category = head.split(" ")
        words = [pair.strip() for pair in words_of[category][0 if side == "c" else 1].split(";")]
        number = number_of[head] = number_of.get(head, -1) + 1
        picked = [words[(number * 3 + i) % len(words)] for i in range(min(rotated, len(words)))]
        fillers = "; ".join(f"{pair.split('/')[0]}={pair}" for pair in picked)
        lines.append(f"{head} | {passage} | {fillers}")
    return "\n".join(lines)


CONTRASTS = {"en": contrasts(WORDS_EN, PASSAGES_EN), "es": contrasts(WORDS_ES, PASSAGES_ES)}
