"""Tech radar: which technologies we adopt, try, watch and leave."""
