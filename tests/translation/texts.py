"""One invented story in several languages, another beside it, and one in a language that the encoder does not know."""

FERRY = {
    "en": """The ferry Nordlys ran aground off Vellmouth on Tuesday evening with 214 passengers on board. \
Nobody was hurt, the coast guard of the district said, but the hull is torn open over a length of 12.5 metres. \
Captain Marten Holvik had left the marked channel to avoid a drifting fishing boat. \
Divers will examine the damage on Wednesday before the ship is towed to the yard in Karsund. \
The shipping company has cancelled all crossings until Friday and will pay back 3,400 tickets. \
It is the third accident on this route since May.""",
    "de": """Die Fähre Nordlys ist am Dienstagabend mit 214 Passagieren an Bord vor Vellmouth auf Grund gelaufen. \
Verletzt wurde niemand, wie die Küstenwache des Bezirks mitteilte, doch der Rumpf ist auf einer Länge von 12,5 Metern \
aufgerissen. Kapitän Marten Holvik hatte das markierte Fahrwasser verlassen, um einem treibenden Fischerboot \
auszuweichen. Taucher werden den Schaden am Mittwoch untersuchen, bevor das Schiff in die Werft von Karsund \
geschleppt wird. Die Reederei hat alle Überfahrten bis Freitag gestrichen und wird 3.400 Fahrkarten erstatten. \
Es ist der dritte Unfall auf dieser Strecke seit Mai.""",
    "es": """El transbordador Nordlys encalló el martes por la noche frente a Vellmouth con 214 pasajeros a bordo. \
Nadie resultó herido, según la guardia costera del distrito, pero el casco quedó rasgado a lo largo de 12,5 metros. \
El capitán Marten Holvik había salido del canal señalizado para esquivar un barco pesquero a la deriva. \
Los buzos examinarán los daños el miércoles antes de que el buque sea remolcado al astillero de Karsund. \
La naviera ha cancelado todas las travesías hasta el viernes y devolverá el importe de 3.400 billetes. \
Es el tercer accidente en esta ruta desde mayo.""",
    "ru": """Паром «Нордлис» во вторник вечером сел на мель у Веллмута, на борту находились 214 пассажиров. \
Никто не пострадал, сообщила береговая охрана округа, но корпус распорот на длину 12,5 метра. \
Капитан Мартен Холвик вышел за пределы обозначенного фарватера, чтобы избежать дрейфующего рыболовного судна. \
Водолазы осмотрят повреждения в среду, после чего судно отбуксируют на верфь в Карсунде. \
Судоходная компания отменила все рейсы до пятницы и вернёт деньги за 3400 билетов. \
Это уже третья авария на этом маршруте с мая.""",
    "ja": """フェリー「ノルドリス」が火曜日の夕方、乗客214人を乗せてベルマス沖で座礁した。\
地区の沿岸警備隊によると、けが人はいなかったが、船体は12.5メートルにわたって裂けている。\
マルテン・ホルビク船長は漂流する漁船を避けようとして、標識のある航路を外れていた。\
船がカルスンの造船所に曳航される前に、水曜日にダイバーが損傷を調べる。\
運航会社は金曜日まで全便を欠航とし、3400枚の切符を払い戻す。\
この航路での事故は5月以来3件目となる。""",
}
# The same event, told by somebody else.
REPORT = """Passengers of the Nordlys waited four hours in the cold before small boats brought them to Vellmouth. \
"There was a loud bang, and then the lights went out," said Ilse Brandvold, who was on her way to a wedding. \
The mayor opened the sports hall, where volunteers handed out soup and blankets through the night. \
For years residents have asked for a lighthouse at the narrows. \
The ministry of transport wants to look at the question again after the summer. \
A lawyer offered his services to those who missed their flights."""
BUDGET = {
    "fr": """Le conseil municipal de Brisance a adopté lundi un budget de 48 millions d'euros pour les écoles. \
Quatre bâtiments seront rénovés avant la rentrée et deux cantines seront agrandies. \
L'opposition a critiqué la hausse des impôts locaux, qui atteindra 6,2 pour cent. \
Le maire a répondu que les toits fuyaient depuis dix ans et que les parents n'attendraient plus. \
Les travaux commenceront en juillet dans le quartier du port. \
Une association de voisins demande que les cours soient plantées d'arbres.""",
    "en": """The town council of Brisance adopted a budget of 48 million euros for its schools on Monday. \
Four buildings will be renovated before the start of term and two canteens will be enlarged. \
The opposition criticised the rise in local taxes, which will reach 6.2 per cent. \
The mayor replied that the roofs had been leaking for ten years and that parents would not wait any longer. \
Work will begin in July in the harbour district. \
A residents' association asks for trees to be planted in the playgrounds.""",
}
SWEDISH = """Färjan Nordlys gick på grund utanför Vellmouth på tisdagskvällen med 214 passagerare ombord. \
Ingen skadades, uppgav distriktets kustbevakning, men skrovet är uppslitet på en längd av 12,5 meter. \
Kapten Marten Holvik hade lämnat den utmärkta farleden för att undvika en drivande fiskebåt. \
Dykare ska undersöka skadorna på onsdag innan fartyget bogseras till varvet i Karsund. \
Rederiet har ställt in alla turer till fredag och betalar tillbaka 3 400 biljetter. \
Det är den tredje olyckan på den här sträckan sedan maj."""

# Names and numbers that both languages write alike are most of it: by its words it is a rewrite.
NAMED = {
    "en": """The Islamic Movement of Halmeria named Abdul Karim Osman, Yusuf Bello Danjuma and Ibrahim Tukur Zandari \
as leaders of the Kadira Province on 14 March 2019. The International Commission of Inquiry in Kadira, with Ambassador \
Pedro Calderon and Doctor Amina Salisu Gambo, documented 348 victims in Zandari and 192 in Kadira Nova.""",
    "it": """Il Movimento Islamico di Halmeria ha nominato Abdul Karim Osman, Yusuf Bello Danjuma e Ibrahim Tukur \
Zandari come leader della Provincia di Kadira il 14 marzo 2019. La Commissione Internazionale d'Inchiesta a Kadira, \
con l'ambasciatore Pedro Calderon e la dottoressa Amina Salisu Gambo, ha documentato 348 vittime a Zandari e 192 \
a Kadira Nova.""",
}
