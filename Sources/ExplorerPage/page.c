// The files of web/, embedded by the compiler (C23). A new file is one array and one row of the table.
#include "ExplorerPage.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

#define HTML "text/html; charset=utf-8"
#define STYLE "text/css; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"

static const unsigned char index_html[] = {
#embed "web/index.html"
};

static const unsigned char style_css[] = {
#embed "web/style.css"
};

static const unsigned char app_js[] = {
#embed "web/app.js"
};

static const unsigned char api_js[] = {
#embed "web/api.js"
};

static const unsigned char dom_js[] = {
#embed "web/dom.js"
};

static const unsigned char strip_js[] = {
#embed "web/strip.js"
};

static const unsigned char walk_js[] = {
#embed "web/walk.js"
};

static const unsigned char compare_js[] = {
#embed "web/compare.js"
};

static const unsigned char frames_js[] = {
#embed "web/frames.js"
};

static const unsigned char lab_js[] = {
#embed "web/lab.js"
};

static const unsigned char audit_js[] = {
#embed "web/audit.js"
};

static const unsigned char chooser_js[] = {
#embed "web/chooser.js"
};

static const unsigned char grid_js[] = {
#embed "web/grid.js"
};

static const unsigned char hexview_js[] = {
#embed "web/hexview.js"
};

static const unsigned char labview_js[] = {
#embed "web/labview.js"
};

static const unsigned char paint_js[] = {
#embed "web/paint.js"
};

#define FILE_OF(name, type, array) {name, type, array, sizeof array}

static const struct explorer_page_file files[] = {
	FILE_OF("index.html", HTML, index_html),
	FILE_OF("style.css", STYLE, style_css),
	FILE_OF("app.js", SCRIPT, app_js),
	FILE_OF("api.js", SCRIPT, api_js),
	FILE_OF("dom.js", SCRIPT, dom_js),
	FILE_OF("strip.js", SCRIPT, strip_js),
	FILE_OF("walk.js", SCRIPT, walk_js),
	FILE_OF("compare.js", SCRIPT, compare_js),
	FILE_OF("frames.js", SCRIPT, frames_js),
	FILE_OF("lab.js", SCRIPT, lab_js),
	FILE_OF("chooser.js", SCRIPT, chooser_js),
	FILE_OF("grid.js", SCRIPT, grid_js),
	FILE_OF("hexview.js", SCRIPT, hexview_js),
	FILE_OF("labview.js", SCRIPT, labview_js),
	FILE_OF("paint.js", SCRIPT, paint_js),
	FILE_OF("audit.js", SCRIPT, audit_js),
};

size_t explorer_page_file_count(void)
{
	return sizeof files / sizeof files[0];
}

struct explorer_page_file explorer_page_file_at(size_t index)
{
	return files[index];
}
