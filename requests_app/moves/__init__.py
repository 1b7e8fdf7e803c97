"""The guards and effects that the table of moves names, by theme, and what is derived from the table.

A guard raises MoveRefused; an effect works on the locked request of the attempt without saving it, `move()` saves it
once, after all of them. The first line of each function is its entry in docs/states.md.
"""
