/*
 * report_parts.c
 *		Pieces that the sections of a report are made of.
 */
#include "formats/report_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

void
report_value(Markup *markup, double value)
{
	if (isnan(value))
		markup_raw(markup, "–");
	else if (fabs(value) < 1e15 && value == floor(value))
		markup_print(markup, "%.0f", value);
	else
		markup_print(markup, "%.4g", value);
}

void
report_section(Markup *markup, const char *id, const char *heading)
{
	markup_print(markup, "<h2 id=\"%s\">%s</h2>\n", id, heading);
}

void
report_fact(Markup *markup, const char *name, const char *text)
{
	markup_raw(markup, "<div><dt>");
	markup_escape(markup, name);
	markup_raw(markup, "</dt><dd>");
	markup_escape(markup, text);
	markup_raw(markup, "</dd></div>\n");
}

void
report_fact_count(Markup *markup, const char *name, uint64_t count)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, count);
	report_fact(markup, name, text);
}
