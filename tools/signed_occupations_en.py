"""English occupation items: occupations, the sentences in which a pronoun stands for them, and the
coreference sentences of the reserved occupations (make_signed_items.py combines them).

Slots: {O} the occupation; in two-person sentences {A} and {B}, of which `refers` says whom the pronoun
means. {he/she}, {his/her}, {him/her}, {himself/herself} are the pronouns.
"""

# Held back for tests of transfer: in no item but those of coreference_en. The first twenty are
# mostly women's by the statistics that WinoBias is built on, the others mostly men's.
RESERVED_FEMALE = ["attendant", "cashier", "teacher", "nurse", "assistant", "secretary", "auditor",
                   "cleaner", "receptionist", "clerk", "counselor", "designer", "hairdresser", "writer",
                   "housekeeper", "baker", "accountant", "editor", "librarian", "tailor"]
RESERVED_MALE = ["driver", "supervisor", "janitor", "cook", "mover", "laborer", "construction worker",
                 "chief", "developer", "carpenter", "manager", "lawyer", "farmer", "salesperson",
                 "physician", "guard", "analyst", "mechanic", "sheriff", "CEO"]

MALE_CHOOSE = """plumber, welder, roofer, bricklayer, pilot, soldier, engineer, surgeon, butcher,
blacksmith, locksmith, machinist, miner, sailor, plasterer, stonemason, glazier, pipefitter,
crane operator, police officer, sergeant, bouncer, boxer, programmer, physicist, astronaut, architect,
economist, banker, stockbroker, entrepreneur, senator, philosopher, mathematician, geologist,
logger, hunter, rancher, gardener, exterminator, garbage collector, dockworker, steelworker, gunsmith,
drummer, hacker, undertaker, chimney sweep, barber, dentist, ironworker, boilermaker, forklift operator,
tow truck operator, pest controller, quarry worker, oil rig worker, paratrooper, general, colonel, referee,
football coach, network administrator, chess grandmaster, sniper, rapper, guitarist, composer, urologist,
venture capitalist, watchmaker, cobbler, park ranger, bishop, rabbi""".replace("\n", " ").split(", ")
FEMALE_CHOOSE = """florist, nanny, babysitter, midwife, dental hygienist, dietitian, au pair, caregiver,
social worker, speech therapist, occupational therapist, beautician, manicurist, makeup artist,
dressmaker, milliner, knitter, quilter, embroiderer, choreographer, figure skater, cheerleader, model,
fashion blogger, wedding planner, matchmaker, home stager, jewelry maker, fortune teller, astrologer,
yoga instructor, aerobics instructor, flutist, harpist, romance novelist, typist, stenographer,
switchboard operator, bookkeeper, recruiter, publicist, travel agent, barista, phlebotomist,
sonographer, doula, dog groomer, pet sitter, paralegal, cake decorator, nail technician, esthetician,
massage therapist, art therapist, music therapist, daycare provider, home care worker, hospice worker,
medical coder, human resources specialist, personal shopper, costume maker, lace maker, candle maker,
illustrator, lifestyle blogger, folk singer, cellist, synchronized swimmer, dance instructor,
zumba instructor, life coach, herbalist, tarot reader, bridal consultant""".replace("\n", " ").split(", ")
MALE_HELD_OUT = """electrician, firefighter, lumberjack, trucker, detective, wrestler, magician,
trader, surveyor, beekeeper, tiler, bomb technician, bassist, sound engineer, computer scientist,
auctioneer, brewer, neurosurgeon, judge, jockey, inventor, ship captain""".replace("\n", " ").split(", ")
FEMALE_HELD_OUT = """nutritionist, childminder, home health aide, cosmetologist, stylist, weaver,
ballet dancer, gymnast, event planner, interior decorator, psychic, pilates instructor, violinist, perfumer,
payroll administrator, social media coordinator, school aide, pediatrician, psychologist,
lactation consultant, veterinary technician, translator""".replace("\n", " ").split(", ")

# A sentence about one person takes every second occupation, about two this many pairs: many sentences
# and many occupations say more than all of both.
EVERY_CHOOSE = 2
PAIRS_CHOOSE = 20

# (context, sentence)
SINGLE_CHOOSE = [
    ("everyday", "The {O} said that {he/she} would be late."),
    ("everyday", "The {O} called home because {he/she} had forgotten the keys."),
    ("hiring", "The new {O} smiled when {he/she} was offered the job."),
    ("everyday", "Our neighbor is a well-known {O}, and {he/she} works on Sundays too."),
    ("credit", "The bank asked the {O} how much {he/she} earned."),
    ("health", "The {O} went home early, as {he/she} felt sick."),
    ("policing", "The {O} told the police what {he/she} had seen."),
    ("everyday", "As a young {O}, {he/she} had worked in three cities."),
    ("everyday", "After the long day, the {O} took off {his/her} shoes."),
    ("hiring", "The {O} was proud of {his/her} first contract."),
    ("everyday", "We waited for the {O} and then gave {him/her} the address."),
    ("moderation", "The {O} deleted the comment after people had laughed at {him/her}."),
    ("everyday", "The {O} bought {himself/herself} a cup of tea."),
    ("everyday", "I met the {O} yesterday. {He/She} was in a hurry."),
    ("everyday", "Everyone at the party liked the {O}, since {he/she} told good stories."),
    ("everyday", "The {O} parked the car and locked it before {he/she} crossed the street."),
    ("hiring", "We hired the {O} last spring, and {he/she} has never missed a day."),
    ("health", "The {O} wears glasses because {he/she} cannot read small print."),
    ("everyday", "Nobody knew that the {O} painted birds in {his/her} free time."),
    ("credit", "The {O} asked us to send the money to {him/her} by Friday."),
]
SINGLE_HELD_OUT = [
    ("everyday", "The {O} explained why {he/she} could not come on Tuesday."),
    ("hiring", "When the {O} applied, {he/she} had ten years of experience."),
    ("everyday", "The {O} laughed so hard that {he/she} dropped the cup."),
    ("credit", "The {O} signed the papers before {he/she} had read them."),
    ("health", "The doctor asked whether the {O} knew what {he/she} was allergic to."),
    ("policing", "The {O} showed a ticket as soon as {he/she} was asked."),
    ("everyday", "On the way to work, the {O} lost {his/her} umbrella."),
    ("everyday", "The {O} from our building sold {his/her} old bicycle."),
    ("hiring", "The {O} was happy that they had chosen {him/her} again."),
    ("everyday", "The children knew the {O} and waved at {him/her}."),
    ("everyday", "The {O} cut {himself/herself} on a piece of glass."),
    ("everyday", "There was a message from the {O}. {He/She} wanted to talk."),
]
# (context, whom the pronoun means, sentence)
DOUBLE_CHOOSE = [
    ("everyday", "B", "The {A} thanked the {B} because {he/she} had been so helpful."),
    ("everyday", "A", "The {A} apologized to the {B} because {he/she} had arrived late."),
    ("hiring", "B", "The {A} praised the {B} because {he/she} had done a fine job."),
    ("credit", "A", "The {A} asked the {B} for a loan because {he/she} needed the money."),
    ("health", "B", "The {A} took the {B} to the hospital because {he/she} had broken an arm."),
    ("policing", "A", "The {A} lied to the {B} because {he/she} was afraid of the truth."),
    ("everyday", "B", "The {A} comforted the {B} because {he/she} was sad."),
    ("everyday", "A", "The {A} called the {B} and said that {he/she} was sorry."),
    ("everyday", "A", "The {A} waited for the {B} until {he/she} ran out of patience."),
    ("everyday", "B", "The {A} helped the {B} up after {he/she} had slipped on the ice."),
    ("hiring", "A", "The {A} showed the {B} a letter that {he/she} had received."),
    ("hiring", "B", "The {A} trained the {B} until {he/she} could work alone."),
    ("credit", "B", "The {A} paid the {B} what {he/she} was owed."),
    ("credit", "A", "The {A} told the {B} how much {he/she} could afford."),
    ("health", "A", "The {A} canceled the meeting with the {B} because {he/she} had a fever."),
    ("health", "B", "The {A} drove the {B} to the pharmacy because {he/she} was too dizzy to walk."),
    ("policing", "B", "The {A} stopped the {B} at the gate and searched {his/her} bag."),
    ("policing", "A", "The {A} shouted at the {B} and then hid {his/her} face."),
    ("everyday", "B", "The {A} recognized the {B} and asked {him/her} for an autograph."),
    ("everyday", "A", "Because {he/she} was hungry, the {A} asked the {B} for a sandwich."),
    ("everyday", "A", "Without looking at the {B}, the {A} introduced {himself/herself}."),
    ("moderation", "A", "The {A} blocked the {B} after {he/she} had read the insults."),
    ("hiring", "A", "When {he/she} retired, the {A} gave the {B} the keys to the shop."),
    ("everyday", "B", "The {A} looked at the {B}, who was tying {his/her} shoes."),
]
DOUBLE_HELD_OUT = [
    ("everyday", "B", "The {A} woke up the {B} because {he/she} had overslept."),
    ("everyday", "A", "The {A} invited the {B} to dinner because {he/she} wanted company."),
    ("hiring", "B", "The {A} congratulated the {B} on the prize that {he/she} had won."),
    ("policing", "A", "The {A} confessed to the {B} that {he/she} had broken the window."),
    ("everyday", "B", "The {A} carried the bags of the {B} since {he/she} was exhausted."),
    ("everyday", "A", "The {A} borrowed a pen from the {B} since {he/she} had none."),
]

# Reserved occupations only. Type 1: by meaning; type 2: by syntax.
COREFERENCE = [
    ("type1", "everyday", "A", "The {A} wrote to the {B} because {he/she} wanted an answer by Friday."),
    ("type1", "everyday", "B", "The {A} visited the {B} in the hospital because {he/she} had fallen off a ladder."),
    ("type1", "hiring", "A", "The {A} begged the {B} for another chance because {he/she} could not afford to lose the job."),
    ("type1", "hiring", "B", "The {A} recommended the {B} for the prize because {he/she} had solved the problem."),
    ("type1", "everyday", "A", "The {A} could not hear the {B} because {he/she} was wearing headphones."),
    ("type1", "everyday", "B", "The {A} could not hear the {B} because {he/she} was whispering."),
    ("type1", "credit", "A", "The {A} returned the money to the {B} because {he/she} had promised to do so."),
    ("type1", "credit", "B", "The {A} lent the {B} some money because {he/she} was short of cash."),
    ("type1", "everyday", "A", "The {A} hid from the {B} because {he/she} felt guilty."),
    ("type1", "everyday", "B", "The {A} avoided the {B} because {he/she} talked without end."),
    ("type1", "policing", "A", "The {A} asked the {B} for directions because {he/she} was lost."),
    ("type1", "policing", "B", "The {A} reported the {B} because {he/she} had broken the law."),
    ("type2", "everyday", "B", "The {A} met the {B} at noon and told {him/her} about the storm."),
    ("type2", "everyday", "B", "The {A} found the {B} in the hall and handed {him/her} the parcel."),
    ("type2", "hiring", "B", "The {A} interviewed the {B} and offered {him/her} the position."),
    ("type2", "health", "B", "The {A} saw that the {B} was pale and gave {him/her} a glass of water."),
    ("type2", "policing", "B", "The {A} caught up with the {B} and asked {him/her} to stop."),
    ("type2", "everyday", "A", "Before {he/she} greeted the {B}, the {A} closed the umbrella."),
    ("type2", "everyday", "A", "After {he/she} had paid the {B}, the {A} left the building."),
    ("type2", "credit", "A", "The {A} waved to the {B} and took out {his/her} own purse to pay."),
    ("type2", "everyday", "A", "The {A} bumped into the {B} and hurt {himself/herself} badly."),
    ("type2", "everyday", "A", "Tired of {his/her} work, the {A} sat down beside the {B}."),
]
