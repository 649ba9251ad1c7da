"""Files of decisions → what they say: MADR 2, 3 and 4, and Nygard's form, told apart by what they hold."""
