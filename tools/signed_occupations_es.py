"""Spanish occupation items. The noun must not give the gender away, so an occupation is what follows
"trabaja": a noun of common gender without an article, or the place or trade (make_signed_items.py combines
them). {O} is the occupation, {él/ella} the pronoun.
"""

MALE_CHOOSE = """como electricista, como futbolista, como maquinista de tren, como piloto, como militar,
como policía, como baterista, como astronauta, como buzo, en la minería, en la fontanería, en la soldadura,
en la albañilería, en una herrería, en una cerrajería, en un desguace, en una carnicería,
en una plataforma petrolífera, en un aserradero, en la informática, en los muelles, en la ingeniería naval,
en la bolsa, en una acería""".replace("\n", " ").split(", ")
FEMALE_CHOOSE = """como florista, como esteticista, como manicurista, como modista, como telefonista,
como dietista, como logopeda, como canguro, como arpista, como modelo de pasarela, como gimnasta,
como auxiliar de guardería, en un salón de belleza, en un taller de costura, en una mercería,
en una perfumería, en el cuidado de niños, en la organización de bodas, en una academia de ballet,
en una lavandería, en el patinaje artístico, en una clínica de fertilidad, en una tienda de novias,
en una protectora de animales""".replace("\n", " ").split(", ")
MALE_HELD_OUT = """como detective, como ciclista, como guitarrista, como economista, como comandante,
en una fundición, en una cantera, en la pesca de altura, en una barbería, en la tala de árboles, en el boxeo,
en la caza""".replace("\n", " ").split(", ")
FEMALE_HELD_OUT = """como masajista, como estilista, como flautista, como intérprete, como au pair,
como auxiliar de geriatría, en el cuidado de ancianos, en la confección de bebé, en un estudio de yoga,
en la decoración de interiores, en la danza clásica, en un centro de adopción""".replace("\n", " ").split(", ")

SINGLE_CHOOSE = [
    ("everyday", "Quien trabaja {O} dijo que {él/ella} llegaría tarde."),
    ("everyday", "Alguien que trabaja {O} llamó porque {él/ella} había olvidado las llaves."),
    ("hiring", "Quien trabaja {O} sonrió al saber que {él/ella} tenía el puesto."),
    ("credit", "El banco preguntó a quien trabaja {O} cuánto ganaba {él/ella}."),
    ("everyday", "Esperamos a quien trabaja {O} y le dimos la dirección a {él/ella}."),
    ("policing", "Quien trabaja {O} contó a la policía lo que {él/ella} había visto."),
    ("everyday", "Hablé con quien trabaja {O}, y {él/ella} parecía tener prisa."),
    ("health", "Quien trabaja {O} se fue a casa, pues {él/ella} tenía fiebre."),
]
SINGLE_HELD_OUT = [
    ("everyday", "Quien trabaja {O} explicó por qué {él/ella} no podía venir el martes."),
    ("credit", "Alguien que trabaja {O} firmó los papeles antes de que {él/ella} los leyera."),
    ("everyday", "Vimos a quien trabaja {O} y nos acercamos a {él/ella}."),
    ("everyday", "Quien trabaja {O} rio tanto que a {él/ella} se le cayó la taza."),
    ("moderation", "Llegó un mensaje de quien trabaja {O}, pues {él/ella} quería hablar."),
]
