"""`dunwell …` for people and cron: words and clocks stop here, verbs go to the desk."""
