"""The demo on the internet: strangers try the product, and every night everything they did is thrown away.

clock     when it is reset
folder    the only place that it ever deletes anything in
servers   the programs that answer, and how they are started again
keeper    seeds a new state beside the old one, and exchanges them
"""
