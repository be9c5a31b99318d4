"""Words that say when: weekdays, months, seasons, parts of the day, in the languages that most news comes in.

A word stands for the same bit in every language. Words that mean something else too are left out (the Portuguese
ordinals for weekdays, German "Morgen", Spanish "tarde"), or count in one case only: "May" and "March" with a capital,
French "mars" without.

Public: `CALENDAR` (bit -> words), `CAPITAL_ONLY`, `LOWER_ONLY`.
"""

from __future__ import annotations

from enum import IntEnum, auto


class Moment(IntEnum):
    """What an article's set of dates is made of, a bit each; the values are not stored."""

    MONDAY = 0
    TUESDAY = auto()
    WEDNESDAY = auto()
    THURSDAY = auto()
    FRIDAY = auto()
    SATURDAY = auto()
    SUNDAY = auto()
    WEEKEND = auto()
    JANUARY = auto()
    FEBRUARY = auto()
    MARCH = auto()
    APRIL = auto()
    MAY = auto()
    JUNE = auto()
    JULY = auto()
    AUGUST = auto()
    SEPTEMBER = auto()
    OCTOBER = auto()
    NOVEMBER = auto()
    DECEMBER = auto()
    SPRING = auto()
    SUMMER = auto()
    AUTUMN = auto()
    WINTER = auto()
    MORNING = auto()  # and dawn: news uses the words of one line for each other
    AFTERNOON = auto()  # and noon
    NIGHT = auto()  # and evening


# English; German, French, Spanish, Italian, Portuguese, Dutch, Polish.
CALENDAR: dict[Moment, str] = {
    Moment.MONDAY: "monday montag lundi lunes lunedì maandag poniedziałek",
    Moment.TUESDAY: "tuesday dienstag mardi martes martedì dinsdag wtorek",
    Moment.WEDNESDAY: "wednesday mittwoch mercredi miércoles mercoledì woensdag środa środę",
    Moment.THURSDAY: "thursday donnerstag jeudi jueves giovedì donderdag czwartek",
    Moment.FRIDAY: "friday freitag vendredi viernes venerdì vrijdag piątek",
    Moment.SATURDAY: "saturday samstag sonnabend samedi sábado sabato zaterdag sobota sobotę",
    Moment.SUNDAY: "sunday sonntag dimanche domingo domenica zondag niedziela niedzielę",
    Moment.WEEKEND: "weekend wochenende",
    Moment.JANUARY: "january januar janvier enero gennaio janeiro januari stycznia styczeń",
    Moment.FEBRUARY: "february februar février febrero febbraio fevereiro februari lutego luty",
    Moment.MARCH: "march märz mars marzo março maart marca marzec",
    Moment.APRIL: "april avril abril aprile kwietnia kwiecień",
    Moment.MAY: "may mai mayo maggio maio mei maja",
    Moment.JUNE: "june juni juin junio giugno junho czerwca czerwiec",
    Moment.JULY: "july juli juillet julio luglio julho lipca lipiec",
    Moment.AUGUST: "august août agosto augustus sierpnia sierpień",
    Moment.SEPTEMBER: "september septembre septiembre settembre setembro września wrzesień",
    Moment.OCTOBER: "october oktober octobre octubre ottobre outubro października październik",
    Moment.NOVEMBER: "november novembre noviembre novembro listopada listopad",
    Moment.DECEMBER: "december dezember décembre diciembre dicembre dezembro grudnia grudzień",
    Moment.SPRING: "spring frühling frühjahr printemps primavera lente wiosna wiosną",
    Moment.SUMMER: "summer sommer été verano estate verão zomer lato latem",
    Moment.AUTUMN: "autumn herbst automne otoño autunno outono herfst jesień jesienią",
    Moment.WINTER: "winter hiver invierno inverno zima zimą",
    Moment.MORNING: "dawn daybreak morgendämmerung aube alba amanecer madrugada "
    "morning vormittag matin mattina manhã ochtend",
    Moment.AFTERNOON: "noon midday mittag midi mediodía mezzogiorno południe afternoon nachmittag pomeriggio middag "
    "popołudniu",
    Moment.NIGHT: "evening abend soir avond wieczorem night nacht nuit noche notte noite nocy "
    "midnight mitternacht minuit medianoche mezzanotte middernacht północy",
}
CAPITAL_ONLY = "may march august mai mei juni"
LOWER_ONLY = "mars alba lato estate spring lente luty marca maja"  # else a name, as in "Alba" and "Lato"
