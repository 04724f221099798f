/*
 * report_style.h
 *		How a report looks.
 */
#ifndef LINLEARN_FORMATS_REPORT_STYLE_H
#define LINLEARN_FORMATS_REPORT_STYLE_H

/* The page's style sheet, beside that of its pictures. */
extern const char report_style[];

#endif
