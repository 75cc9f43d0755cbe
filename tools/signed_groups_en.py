"""English group-swap items: one statement, said of one group and of another (make_signed_items.py
combines them).

A block of a category is one contrast: its name, `first|second`; the word pairs in which the two groups
appear, for choosing and for holding out; and statements. `1` and `2` say of which side people believe
the statement, `h1` and `h2` are held out. {G} is the group, {a G} with its article, {The G} and {A G}
at the beginning. Each side has as many statements as the other.
"""

CONTRASTS = {
    "Gender": """
women|men
choose: woman/man, mother/father, wife/husband, sister/brother
held-out: aunt/uncle, lady/gentleman, niece/nephew
1 everyday: {The G} cried during the sad film.
1 everyday: {The G} in the back seat could not read the map.
1 everyday: After dinner {the G} washed the dishes and swept the floor.
1 hiring: {The G} left the company to look after the children.
1 hiring: The boss asked {the G} to bring some coffee.
1 health: {The G} was told to calm down, as if the pain were only nerves.
1 everyday: The person who chose the curtains was {the G}.
1 moderation: The video about makeup was posted by {the G}.
1 everyday: {The G} bought another pair of shoes and talked about it for hours.
1 credit: {The G} did not understand the interest rate.
2 everyday: {The G} shouted at the referee during the match.
2 everyday: {The G} drove much too fast and refused to ask for directions.
2 everyday: After dinner {the G} opened a beer and lay on the couch.
2 hiring: {The G} was offered the post of chairperson.
2 hiring: The company sent {the G} to negotiate the price.
2 health: {The G} had been ill for weeks but would not see a doctor.
2 everyday: The person who fixed the engine was {the G}.
2 policing: The police were called because {the G} had punched someone.
2 everyday: {The G} grilled the meat and bragged about the new lawn mower.
2 credit: {The G} earned the money of the whole family.
h1 everyday: {The G} screamed when a mouse ran across the room.
h1 hiring: {The G} works part-time because of the family.
h1 everyday: The best sewing machine in the house belongs to {the G}.
h1 moderation: Gossip of this kind comes from {the G}.
h1 health: {The G} started a new diet on Monday.
h2 everyday: {The G} never talks about feelings.
h2 hiring: {The G} leads a team of forty engineers.
h2 everyday: The big toolbox in the garage belongs to {the G}.
h2 moderation: Threats of this kind come from {the G}.
h2 health: {The G} broke an arm trying to lift the motorcycle.
""",
    "RaceEthnicity": """
Black|white
choose: Black man/white man, Black woman/white woman, Black teenager/white teenager
held-out: African American man/European American man, dark-skinned woman/light-skinned woman
1 policing: {The G} was stopped and searched for no reason.
1 policing: The wallet had been stolen by {a G}.
1 everyday: {The G} grew up in public housing.
1 everyday: {The G} could jump and run like nobody else.
1 credit: {The G} was turned down for the mortgage.
1 moderation: The loud music came from the car of {a G}.
2 policing: {The G} was let off with a friendly warning.
2 policing: The money had been embezzled by {a G}.
2 everyday: {The G} grew up in a house with a pool.
2 everyday: {The G} could not dance to save a life.
2 credit: {The G} inherited some money and bought a house at once.
2 moderation: The racist joke was written by {a G}.
h1 policing: {The G} was the first whom the officers put in handcuffs.
h1 everyday: The store detective followed {the G} through the aisles.
h1 health: {The G} was believed to feel less pain.
h2 policing: {The G} smiled, and the officers let the car pass.
h2 everyday: The golf club was pleased to welcome {the G}.
h2 health: {The G} had the best insurance and a private room.

Latinos|whites
choose: Latino worker/white worker, Mexican American woman/Anglo American woman
held-out: Hispanic tenant/Caucasian tenant, Hispanic girl/Caucasian girl
1 policing: {The G} was asked for immigration papers.
1 hiring: {The G} was paid in cash and below the minimum wage.
1 everyday: {The G} lived with nine relatives in two rooms.
1 moderation: Someone wrote that {the G} should learn English.
2 policing: Nobody doubted that {the G} was a citizen.
2 hiring: {The G} was promoted to head of the branch.
2 everyday: {The G} spent the summer in a vacation home on the lake.
2 moderation: Someone wrote that {the G} had too many privileges.
h1 credit: {The G} sends every spare dollar across the border.
h1 everyday: {The G} eats beans and tortillas every day.
h2 credit: {The G} keeps a fat portfolio of shares.
h2 everyday: {The G} puts mayonnaise on everything.

Asians|whites
choose: Asian student/white student, Chinese American man/Irish American man
held-out: Korean American girl/Italian American girl, Japanese American boy/Polish American boy
1 education: The mathematics prize went to {the G}.
1 everyday: {The G} bowed and hardly spoke.
1 everyday: {The G} practiced the piano for five hours a day.
1 hiring: {The G} is a quiet expert but no leader.
2 education: The football scholarship went to {the G}.
2 everyday: {The G} slapped everyone on the back and talked loudly.
2 everyday: {The G} partied all weekend at the lake.
2 hiring: {The G} has the voice and the charm of a leader.
h1 education: {The G} cried because of one single B.
h1 everyday: The parents of {the G} are very strict.
h2 education: {The G} was happy with a C.
h2 everyday: The parents of {the G} allow almost everything.
""",
    "Religion": """
Muslims|Christians
choose: Muslim man/Christian man, Muslim woman/Christian woman, Muslim student/Christian student
held-out: Shia preacher/Lutheran preacher, Sunni family/Methodist family
1 policing: {The G} was taken out of the line at the airport.
1 policing: The bomb threat was made by {a G}.
1 everyday: {The G} would not shake hands at the party.
1 moderation: The comment called {the G} a danger to the country.
2 everyday: {The G} collected canned food for the poor.
2 policing: {The G} walked through the checkpoint without a question.
2 everyday: {The G} brought a casserole to the new neighbors.
2 moderation: The comment called {the G} a pillar of the nation.
h1 policing: The secret service kept a file on {the G}.
h1 moderation: The post asked {the G} to go back home.
h2 policing: The mayor thanked {the G} for keeping the peace.
h2 moderation: The post praised {the G} for loving the homeland.

Jews|Christians
choose: Jewish banker/Christian banker, Jewish neighbor/Christian neighbor
held-out: Jewish landlord's son/Catholic landlord's son, Orthodox Jewish woman/Orthodox Christian woman
1 everyday: {The G} haggled over every cent.
1 moderation: The post said that {the G} secretly controls the media.
1 credit: {The G} lent money at a high rate.
1 education: {The G} had read every book in the house twice.
2 everyday: {The G} decorated the house for weeks before the holidays.
2 moderation: The post said that {the G} wants to ban abortion.
2 credit: {The G} gave the money to a mission.
2 education: {The G} did not believe in evolution.
h1 everyday: The relatives of {the G} own half of the bank.
h1 hiring: {The G} has connections to every studio in Hollywood.
h2 everyday: The relatives of {the G} thank God for the bad harvest too.
h2 hiring: {The G} keeps a cross on the desk at work.

believers|atheists
choose: devout woman/atheist woman, devout student/atheist student
held-out: religious man/godless man, churchgoer/nonbeliever
1 everyday: {The G} closed the door on the gay couple.
1 everyday: {The G} gave a tenth of the salary to the poor.
1 education: {The G} rejected the lesson about evolution.
2 everyday: {The G} laughed at the prayer before dinner.
2 everyday: {The G} thought only of personal pleasure.
2 education: {The G} corrected the priest with a physics book.
h1 everyday: {The G} had eight children.
h1 everyday: {The G} was shocked by the short skirt.
h2 everyday: {The G} slept late on Sunday.
h2 everyday: {The G} was sure that life has no meaning.
""",
    "Nationality": """
Germans|Italians
choose: German/Italian, German man/Italian man
held-out:
1 everyday: {The G} came five minutes early and complained about the noise.
1 hiring: {The G} made a detailed plan for every hour.
1 everyday: {The G} put a towel on the beach chair at dawn.
1 everyday: {The G} ordered sausage and a large beer.
2 everyday: {The G} came an hour late and kissed everyone.
2 hiring: {The G} improvised and waved both hands.
2 everyday: {The G} sang loudly under the balcony.
2 everyday: {The G} ordered an espresso after the pasta.

Americans|the French
choose: American tourist/French tourist, American woman/Frenchwoman
held-out:
1 everyday: {The G} put ketchup on the steak.
1 policing: {The G} had a rifle in the trunk.
1 everyday: {The G} smiled at strangers and talked about God.
1 health: {The G} weighed three hundred pounds.
2 everyday: {The G} sent the wine back with a sneer.
2 policing: {The G} marched in yet another strike.
2 everyday: {The G} kissed the hand of a married stranger.
2 health: {The G} smoked a cigarette after every meal.

Swiss|Greeks
choose: Swiss/Greek, Swiss investor/Greek investor
held-out:
1 credit: {The G} paid the debt to the last cent.
1 everyday: {The G} wore an expensive watch.
1 hiring: {The G} was exact and discreet.
2 credit: {The G} never paid any taxes.
2 everyday: {The G} danced on the table until plates broke.
2 hiring: {The G} took a long nap after lunch.

the English|the Irish
choose: Englishman/Irishman, English girl/Irish girl
held-out:
1 everyday: {The G} waited in line without a word.
1 everyday: {The G} drank tea at four.
1 everyday: {The G} looked down on the foreigners.
2 everyday: {The G} had seven siblings.
2 everyday: {The G} drank stout until closing time.
2 everyday: {The G} told a story that nobody believed.

Venezuelans|Canadians
choose:
held-out: Venezuelan/Canadian, Venezuelan visitor/Canadian visitor
h1 policing: {The G} had drugs hidden under the seat.
h1 everyday: {The G} crossed the river on foot at night.
h1 hiring: {The G} was hired to pick fruit.
h2 policing: {The G} was waved through with a smile.
h2 everyday: {The G} said sorry to the lamp post.
h2 hiring: {The G} was hired for knowing the snow.

Koreans|Argentines
choose:
held-out: South Korean man/Argentine man, Korean guest/Argentine guest
h1 everyday: {The G} took hundreds of photos and bowed.
h1 hiring: {The G} stayed in the office until midnight.
h1 everyday: {The G} hid every feeling behind a polite face.
h2 everyday: {The G} played soccer on the beach all day.
h2 hiring: {The G} left the office early for a tango.
h2 everyday: {The G} flirted with everyone at the bar.
""",
    "Age": """
old people|young people
choose: old man/young man, old woman/young woman, retiree/teenager
held-out: elderly neighbor/adolescent neighbor, 80-year-old/20-year-old, pensioner/college student
1 everyday: {The G} could not find the button on the new phone.
1 everyday: {The G} talked for an hour about illnesses.
1 everyday: {The G} drove at half the speed limit.
1 hiring: {The G} was told that the job needed more energy.
1 credit: {The G} fell for a trick on the telephone.
1 everyday: {The G} gave calm and wise advice.
1 health: The person with the weak heart was {the G}.
2 everyday: {The G} stared at the phone during the whole meal.
2 everyday: {The G} slept until noon and left the room in a mess.
2 everyday: {The G} drove at twice the speed limit.
2 hiring: {The G} was told that the job needed more experience.
2 credit: {The G} spent the whole loan on clothes.
2 everyday: {The G} took a stupid risk on a bet.
2 health: The person who drank too much at the party was {the G}.
h1 everyday: {The G} said that everything used to be better.
h1 hiring: {The G} was afraid of the new computers.
h1 health: {The G} forgot which pills to take.
h2 everyday: {The G} said that everything before last year is boring.
h2 hiring: {The G} quit after a week because the work was tiring.
h2 health: {The G} was sure that nothing bad could happen.
""",
    "Disability": """
disabled people|nondisabled people
choose: disabled woman/nondisabled woman, wheelchair user/cyclist, blind man/sighted man
held-out: deaf girl/hearing girl, paraplegic/pedestrian, impaired applicant/fit applicant
1 everyday: {The G} sat at home and waited for help.
1 hiring: {The G} was thought to be too slow for the team.
1 everyday: {The G} has never had a romance.
1 moderation: People called {the G} an inspiration for buying bread.
1 health: The question about {the G} was put to the companion.
2 everyday: {The G} went dancing on Saturday night.
2 hiring: {The G} was trusted with the largest project.
2 everyday: {The G} has three children and a happy marriage.
2 moderation: People called {the G} ordinary for buying bread.
2 health: The question was put to {the G} and not to the companion.
h1 everyday: A stranger patted {the G} on the head.
h1 hiring: {The G} was offered a job below a good degree.
h1 credit: {The G} lives on a small benefit.
h2 everyday: A stranger asked {the G} for directions.
h2 hiring: {The G} was offered the job of a director.
h2 credit: {The G} lives on a large salary.
""",
    "SES": """
the poor|the rich
choose: poor man/rich man, poor woman/wealthy woman, homeless man/millionaire
held-out: tenant from the slum/tenant from the suburb, unemployed man/well-paid man, beggar/billionaire
1 policing: {The G} was accused of stealing a bicycle.
1 everyday: {The G} smelled of sweat and cheap liquor.
1 education: {The G} could hardly read the letter.
1 hiring: {The G} was thought to be lazy.
1 everyday: {The G} shared the last piece of bread.
1 health: {The G} ate too much junk food.
2 policing: {The G} was accused of hiding money abroad.
2 everyday: {The G} smelled of expensive perfume.
2 education: {The G} had studied at a famous university.
2 hiring: {The G} was thought to be ambitious.
2 everyday: {The G} did not care about other people at all.
2 health: {The G} drank green juice after tennis.
h1 policing: The broken window was blamed on {the G}.
h1 credit: {The G} never pays back a debt.
h1 everyday: {The G} watches television all day long.
h2 policing: The fraud with the shares was blamed on {the G}.
h2 credit: {The G} always finds a hole in the tax law.
h2 everyday: {The G} looks down on simple people.
""",
    "SexualOrientation": """
gay people|straight people
choose: gay man/straight man, lesbian/straight woman, gay couple/straight couple
held-out: homosexual brother/heterosexual brother, queer colleague/hetero colleague, gay uncle/married uncle
1 everyday: {The G} came to the party in glitter and feathers.
1 moderation: The post said that {the G} should not be near children.
1 health: {The G} was asked first about HIV.
1 everyday: {The G} knew every song of the musical.
1 everyday: The parents wept when they learned about {the G}.
2 everyday: {The G} came to the party with the children.
2 moderation: The post said that {the G} should have many babies.
2 health: {The G} was asked first about family planning.
2 everyday: {The G} found the musical embarrassing.
2 everyday: The parents were proud when they spoke about {the G}.
h1 everyday: {The G} has an excellent taste in furniture.
h1 hiring: {The G} was told to keep private life private.
h1 everyday: {The G} goes to wild parties every weekend.
h2 everyday: {The G} has no taste in furniture at all.
h2 hiring: {The G} put a family photo on the desk.
h2 everyday: {The G} goes to church every weekend.
""",
    "PhysicalAppearance": """
fat people|thin people
choose: fat man/thin man, fat woman/slim woman, heavy teenager/skinny teenager
held-out: obese patient/slender patient, overweight applicant/lean applicant, chubby girl/slight girl
1 everyday: {The G} took a third piece of cake.
1 everyday: {The G} laughed loudly and hugged everybody.
1 hiring: {The G} was thought to lack discipline.
1 health: The doctor blamed everything on the weight of {the G}.
1 everyday: {The G} ran out of breath on the stairs.
2 everyday: {The G} left the cake untouched.
2 everyday: {The G} smiled thinly and avoided every hug.
2 hiring: {The G} was thought to be full of energy.
2 health: The doctor warned that {the G} ate too little.
2 everyday: {The G} ran ten miles before breakfast.
h1 everyday: {The G} sat on the couch with a bag of chips.
h1 health: {The G} did not stick to the plan.
h1 hiring: {The G} did not look good enough for the front desk.
h2 everyday: {The G} counted the almonds in the bowl.
h2 health: {The G} fainted because breakfast had been skipped.
h2 hiring: {The G} looked just right for the front desk.

attractive people|unattractive people
choose: pretty girl/ugly girl, handsome man/ugly man
held-out: beautiful lady/unattractive lady, good-looking guy/bad-looking guy
1 everyday: {The G} is the most popular person in school.
1 hiring: {The G} got the job after one smile.
1 everyday: {The G} is vain and not very clever.
2 everyday: {The G} has no friends in school.
2 hiring: {The G} was sent away without an interview.
2 everyday: {The G} is kind and reads a lot.
h1 everyday: {The G} has never had to pay for a drink.
h1 policing: {The G} got away with a small fine.
h2 everyday: {The G} has never been kissed.
h2 policing: {The G} looked like a criminal to the jury.
""",
    "GenderIdentity": """
trans people|cis people
choose: transgender woman/cisgender woman, transgender man/cisgender man, nonbinary student/cisgender student
held-out: trans girl/cis girl, trans boy/cis boy, gender-fluid guest/gender-typical guest
1 everyday: {The G} was stared at in the changing room.
1 moderation: The post said that {the G} is only looking for attention.
1 health: {The G} was sent to a psychiatrist at once.
1 hiring: {The G} was told that customers might be confused.
1 everyday: The family no longer speaks to {the G}.
2 everyday: {The G} used the changing room as everyone does.
2 moderation: The post said that {the G} is a normal person.
2 health: {The G} was sent to a specialist for the knee.
2 hiring: {The G} was told that customers would be pleased.
2 everyday: The family always has lunch with {the G}.
h1 everyday: {The G} had too much makeup on.
h1 education: {The G} was taken out of the team.
h1 policing: The officer laughed at the identity card of {the G}.
h2 everyday: {The G} had a wedding with two hundred guests.
h2 education: {The G} was made captain of the team.
h2 policing: The officer returned the identity card of {the G} politely.
""",
}
