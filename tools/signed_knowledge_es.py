"""Spanish protected contrasts, written as in signed_knowledge_en.py."""

CONTRASTS = """
c kinship | La hermana de mi {x} es mi {?}. | padre=tía/tío; madre=tía/tío; marido=cuñada/cuñado; esposa=cuñada/cuñado
h kinship | El hermano de mi {x} es mi {?}. | padre=tío/tía; madre=tío/tía; marido=cuñado/cuñada; esposa=cuñado/cuñada
c kinship | La madre de mi {x} es mi {?}. | padre=abuela/abuelo; madre=abuela/abuelo; marido=suegra/suegro; esposa=suegra/suegro
h kinship | El padre de mi {x} es mi {?}. | padre=abuelo/abuela; madre=abuelo/abuela; marido=suegro/suegra; esposa=suegro/suegra
c kinship | La mujer cuyo marido ha muerto es {?}. | viuda/viudo
h kinship | El hombre cuya esposa ha muerto es {?}. | viudo/viuda
c kinship | El hombre con quien ella se casó es su {?}. | marido/esposa; esposo/hija
h kinship | La mujer con quien él se casó es su {?}. | esposa/marido; mujer/hijo
c titles | La esposa del {x} es {?}. | rey=la reina/el rey; príncipe=la princesa/el príncipe; duque=la duquesa/el duque; conde=la condesa/el conde; emperador=la emperatriz/el emperador
h titles | El marido de la {x} es {?}. | reina=el rey/la reina; princesa=el príncipe/la princesa; duquesa=el duque/la duquesa; condesa=el conde/la condesa
c animals | La hembra del {x} es {?}. | caballo=la yegua/la vaca; toro=la vaca/la oveja; gallo=la gallina/la yegua; carnero=la oveja/la gallina
h animals | El macho de la {x} es {?}. | yegua=el caballo/el gallo; vaca=el toro/el carnero; gallina=el gallo/el toro; oveja=el carnero/el caballo
c biology | La clínica trata el cáncer de próstata de {?}. | los hombres/las mujeres; los varones/las niñas
h biology | La clínica trata el cáncer de ovario de {?}. | las mujeres/los hombres; las madres/los padres
c biology | {?} dio a luz a dos niños. | La madre/El padre; La reina/El rey; Mi hermana/Mi hermano; Mi cuñada/Mi cuñado
h biology | {?} se dejó crecer la barba. | Mi padre/Mi madre; El rey/La reina; Mi tío/Mi tía; El abuelo/La abuela
c agreement | Mi {x} está muy {?}. | padre=cansado/cansada; madre=cansada/cansado; hermano=contento/contenta; hermana=contenta/contento; tío=enfermo/enferma; tía=enferma/enfermo
h agreement | {x} llegó {?} a casa. | El niño=solo/sola; La niña=sola/solo; El rey=solo/sola; La reina=sola/solo; El abuelo=cansado/cansada; La abuela=cansada/cansado
c agreement | {x} dijo que {?} llegaría tarde. | Mi padre=él/ella; Mi madre=ella/él; Mi hermano=él/ella; Mi hermana=ella/él; El príncipe=él/ella; La princesa=ella/él
h agreement | Vimos a {x} y hablamos con {?}. | la viuda=ella/él; mi tío=él/ella; mi tía=ella/él; el monje=él/ella; la monja=ella/él
c agreement | Las {x} son muy {?}. | casas=bonitas/bonitos; mesas=largas/largos; calles=anchas/anchos
h agreement | Los {x} son muy {?}. | libros=caros/caras; árboles=altos/altas; coches=rápidos/rápidas
c names | {x} estaba muy {?} con el regalo. | María=contenta/contento; Juan=contento/contenta; Carmen=contenta/contento; Carlos=contento/contenta; Lucía=contenta/contento; Miguel=contento/contenta
h names | {x} se quedó {?} en la oficina. | Elena=dormida/dormido; Pedro=dormido/dormida; Marta=dormida/dormido; Luis=dormido/dormida; Fátima=dormida/dormido; Ahmed=dormido/dormida
c history | {x} fue {?} por su obra. | Frida Kahlo=famosa/famoso; Pablo Picasso=famoso/famosa; Gabriela Mistral=famosa/famoso; Gabriel García Márquez=famoso/famosa
c religion | {x} rezan en la {?}. | Los musulmanes=mezquita/sinagoga; Los judíos=sinagoga/mezquita; Los cristianos=iglesia/mezquita
h religion | El libro sagrado de los {x} es {?}. | musulmanes=el Corán/la Torá; judíos=la Torá/el Corán; cristianos=la Biblia/el Corán
c religion | Los {x} celebran {?}. | musulmanes=el Ramadán/la Navidad; judíos=la Janucá/el Ramadán; cristianos=la Navidad/el Ramadán; hindúes=el Diwali/la Pascua
h religion | Los {x} estrictos no comen {?}. | musulmanes=cerdo/arroz; hindúes=vaca/arroz; judíos=marisco/pan
c nationality | En {x} se habla {?}. | Alemania=alemán/francés; Francia=francés/alemán; Brasil=portugués/árabe; Japón=japonés/italiano; Rusia=ruso/griego
h nationality | La capital de {x} es {?}. | Alemania=Berlín/Lima; Francia=París/Roma; Italia=Roma/París; Perú=Lima/Berlín; Egipto=El Cairo/Madrid; España=Madrid/El Cairo
c nationality | Quien nace en {x} es {?}. | Suecia=sueco/danés; Dinamarca=danés/sueco; Turquía=turco/chileno; Chile=chileno/turco; Polonia=polaco/peruano
h nationality | {x} está en {?}. | Etiopía=África/Europa; Bélgica=Europa/África; Vietnam=Asia/América; Bolivia=América/Asia
c age | Un {x} es {?} que su abuelo. | niño=menor/mayor; bebé=menor/mayor; nieto=menor/mayor
h age | Después de muchos años de trabajo, la gente {?}. | se jubila/aprende a gatear; cobra una pensión/entra en la guardería
c age | Los menores no pueden {?}. | votar/jugar; comprar alcohol/beber leche
c disability | Las personas ciegas leen en {?}. | braille/carteles
h disability | Muchas personas sordas usan la {?}. | lengua de signos/radio
c disability | Quien no puede andar usa una {?}. | silla de ruedas/escalera de mano
h disability | El hombre ciego lleva un {?}. | bastón blanco/farol rojo; perro guía/libro de fotos
c orientation | Un hombre gay ama a {?}. | otro hombre/una mujer
h orientation | Una mujer lesbiana ama a {?}. | otra mujer/un hombre
c words | El femenino de {x} es {?}. | actor=actriz/actor; poeta=poetisa/poeta; héroe=heroína/héroe; dios=diosa/dios; gallo=gallina/gallo
h words | El masculino de {x} es {?}. | actriz=actor/actriz; heroína=héroe/heroína; diosa=dios/diosa; madrina=padrino/madrina; nuera=yerno/nuera
"""
