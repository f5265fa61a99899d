/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_SCHEMA_PAGE_H
#define SCHEMA_SCHEMA_PAGE_H

/*
 * schema_page -- the style of the page that schema-bundle makes of a bundle
 * (schema/page.css), ended with NUL.
 */
extern const char schema_page[];

#endif
