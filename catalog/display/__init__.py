"""A MARC record as a reader reads it: areas of a catalogue card with the punctuation of ISBD."""

from catalog.display.elements import Element, element_of, elements_of

__all__ = ["Element", "element_of", "elements_of"]
