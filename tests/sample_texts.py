"""Texts of invented events that several tests score: clean, and the same after a spinner."""

CLEAN = """
The city council of Marwick voted on Tuesday night to close the old swimming pool on Canal Street, ending a debate that
has divided the town for more than two years. Seven members supported the plan, while four voted against it. The mayor
said the building was no longer safe and that repairs would cost more than a new pool. "We cannot keep spending money on
a roof that leaks every winter," she told reporters after the meeting. Parents and teachers who had gathered outside the
town hall said they were angry and disappointed. Many of them had signed a petition asking the council to wait until the
end of the school year. The council has promised to open a new pool on the other side of the river within three years,
but it has not yet said where the money will come from. A spokesman for the regional government said officials would
look at the request as soon as they received it. Last year the town spent nearly half of its sports budget on the pool.
Local clubs will have to use a smaller pool in the next town, which is about twenty miles away, for the time being.
"""
SPUN = """
The metropolis council of Marwick voted on Tuesday evening to shut the outdated swimming pool on Canal Avenue,
ending a debate that has divided the city for greater than two years. Seven participants supported the plan, whilst
4 voted towards it. The mayor stated the constructing used to be now not secure and that maintenance might price
greater than a brand new pool. "We can not preserve spending cash on a roof that leaks each iciness," she informed
newshounds after the assembly. Mother and father and lecturers who had accumulated out of doors the city corridor
stated they have been indignant and upset. Lots of them had signed a petition asking the council to attend till the
top of the college 12 months. The council has promised to open a brand new pool at the different aspect of the
river inside of 3 years, however it has now not but stated the place the cash will come from. A spokesman for the
regional executive stated officers would have a look at the request once they won it. Final 12 months the city
spent just about part of its sports activities price range on the pool. Native golf equipment should use a smaller
pool within the subsequent city, which is ready twenty miles away, in the intervening time.
"""
