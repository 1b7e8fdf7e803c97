"""`{% draw_list cl as drawn %}`: the table of a list of the back office."""

from django import template

from catalog.backoffice.lists import draw_list

register = template.Library()
register.simple_tag(draw_list)
