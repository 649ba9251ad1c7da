"""Files and answers → announcements, with what is wrong with them."""
