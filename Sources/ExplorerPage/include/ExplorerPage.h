// The page of the explorer, as it lies in web/, inside the program.
#ifndef EXPLORER_PAGE_H
#define EXPLORER_PAGE_H

#include <stddef.h>

// One file of the page.
struct explorer_page_file {
	const char *name;         // as in web/: app.js
	const char *content_type; // what the server says that it is
	const unsigned char *bytes;
	size_t count;
};

// How many files there are.
size_t explorer_page_file_count(void);

// The file of an index below the count.
struct explorer_page_file explorer_page_file_at(size_t index);

// The same for the scenarios of Examples/Scenarios; their names are without the extension.
size_t explorer_story_count(void);
struct explorer_page_file explorer_story_at(size_t index);

#endif
