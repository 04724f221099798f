/*
 * synthetic.c
 *		Digits drawn by the extension itself.
 *
 * Only additions, multiplications, divisions and square roots of floats are
 * used, which IEEE 754 rounds alike everywhere (the Makefile keeps the
 * compiler from fusing them), so that the pixels are the same on every machine.
 */
#include "formats/synthetic.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Points of one digit after its curves are cut into segments. */
#define MAX_POINTS 64

/* Segments of a quadratic curve: enough that it looks round at 28 pixels. */
#define CURVE_SEGMENTS 5

/*
 * How much each digit differs, in units of the drawing (its height is 1) or
 * radians.  Chosen so that a linear model reaches about 0.9 on ten classes.
 */
#define MAX_SHIFT 0.11f
#define MAX_ROTATION 0.34f
#define MAX_SLANT 0.36f
#define MAX_WOBBLE 0.08f
#define MIN_SCALE 0.74f
#define MAX_SCALE 1.13f
#define MIN_STROKE 0.5f /* half widths, in pixels */
#define MAX_STROKE 1.6f

/* Drawing units to pixels: digits are 20 pixels high, as MNIST's are. */
#define UNIT 20.0f

/* One pixel in this many is disturbed by noise. */
#define NOISE_RATE 40

/*
 * Strokes of the digits in a box from (0,0), top left, to (1,1).  "M" begins a
 * stroke, "L" draws a line, "Q" a quadratic curve by way of a control point.
 */
typedef struct Command
{
	char kind;
	float x1;
	float y1;
	float x2;
	float y2;
} Command;

#define MAX_COMMANDS 12

static const Command glyphs[10][MAX_COMMANDS] = {
	{{'M', 0.50f, 0.02f},
	 {'Q', 0.18f, 0.04f, 0.18f, 0.50f},
	 {'Q', 0.18f, 0.97f, 0.50f, 0.98f},
	 {'Q', 0.82f, 0.96f, 0.82f, 0.50f},
	 {'Q', 0.82f, 0.03f, 0.50f, 0.02f}},
	{{'M', 0.38f, 0.16f}, {'L', 0.54f, 0.02f}, {'L', 0.50f, 0.98f}},
	{{'M', 0.22f, 0.24f},
	 {'Q', 0.28f, 0.00f, 0.54f, 0.03f},
	 {'Q', 0.84f, 0.08f, 0.72f, 0.40f},
	 {'Q', 0.58f, 0.68f, 0.20f, 0.96f},
	 {'L', 0.82f, 0.94f}},
	{{'M', 0.24f, 0.10f},
	 {'Q', 0.72f, -0.06f, 0.72f, 0.24f},
	 {'Q', 0.70f, 0.46f, 0.42f, 0.48f},
	 {'Q', 0.84f, 0.50f, 0.78f, 0.76f},
	 {'Q', 0.66f, 1.08f, 0.20f, 0.90f}},
	{{'M', 0.32f, 0.04f},
	 {'Q', 0.22f, 0.34f, 0.22f, 0.56f},
	 {'L', 0.82f, 0.54f},
	 {'M', 0.70f, 0.06f},
	 {'L', 0.64f, 0.98f}},
	{{'M', 0.78f, 0.04f},
	 {'L', 0.32f, 0.06f},
	 {'L', 0.28f, 0.44f},
	 {'Q', 0.80f, 0.34f, 0.78f, 0.68f},
	 {'Q', 0.68f, 1.06f, 0.20f, 0.90f}},
	{{'M', 0.68f, 0.04f},
	 {'Q', 0.26f, 0.24f, 0.24f, 0.70f},
	 {'Q', 0.30f, 1.02f, 0.56f, 0.97f},
	 {'Q', 0.82f, 0.90f, 0.74f, 0.64f},
	 {'Q', 0.58f, 0.44f, 0.26f, 0.68f}},
	{{'M', 0.20f, 0.08f},
	 {'L', 0.80f, 0.05f},
	 {'Q', 0.58f, 0.40f, 0.42f, 0.98f}},
	{{'M', 0.52f, 0.46f},
	 {'Q', 0.20f, 0.34f, 0.30f, 0.14f},
	 {'Q', 0.50f, -0.08f, 0.70f, 0.12f},
	 {'Q', 0.78f, 0.32f, 0.52f, 0.46f},
	 {'Q', 0.16f, 0.62f, 0.26f, 0.86f},
	 {'Q', 0.48f, 1.10f, 0.74f, 0.86f},
	 {'Q', 0.82f, 0.62f, 0.52f, 0.46f}},
	{{'M', 0.74f, 0.34f},
	 {'Q', 0.46f, 0.58f, 0.30f, 0.40f},
	 {'Q', 0.18f, 0.12f, 0.46f, 0.03f},
	 {'Q', 0.76f, 0.00f, 0.74f, 0.34f},
	 {'Q', 0.74f, 0.70f, 0.62f, 0.98f}},
};

typedef struct Point
{
	float x;
	float y;
	bool begins; /* no line leads here from the point before */
} Point;

/* How one digit is bent and placed. */
typedef struct Pose
{
	float xx, xy, yx, yy; /* linear part, drawing units to pixels */
	float x, y;			  /* centre, in pixels */
	float stroke;		  /* half width, in pixels */
	float blur;			  /* width of the soft edge, in pixels */
	float ink;			  /* darkest pixel */
} Pose;

/* Draw the next 64 random bits (Steele, Lea, Flood 2014: SplitMix64). */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

/* Draw a uniform float between two bounds. */
static float
next_between(uint64_t *state, float low, float high)
{
	float unit = (float) (next_random(state) >> 40) * (1.0f / 16777216.0f);

	return low + (high - low) * unit;
}

/* Choose how a digit is bent and placed. */
static Pose
draw_pose(uint64_t *state)
{
	Pose pose;
	float angle = next_between(state, -MAX_ROTATION, MAX_ROTATION);
	float slant = next_between(state, -0.3f * MAX_SLANT, MAX_SLANT);
	float width = UNIT * next_between(state, MIN_SCALE, MAX_SCALE);
	float height = UNIT * next_between(state, MIN_SCALE, MAX_SCALE);
	/* sine and cosine to the fifth order: exact enough for small angles */
	float square = angle * angle;
	float sine = angle * (1 - square / 6 * (1 - square / 20));
	float cosine = 1 - square / 2 * (1 - square / 12);

	pose.xx = width * cosine;
	pose.xy = -width * slant * cosine - height * sine;
	pose.yx = width * sine;
	pose.yy = height * cosine - width * slant * sine;
	pose.x = (SYNTHETIC_SIDE - 1) / 2.0f +
			 UNIT * next_between(state, -MAX_SHIFT, MAX_SHIFT);
	pose.y = (SYNTHETIC_SIDE - 1) / 2.0f +
			 UNIT * next_between(state, -MAX_SHIFT, MAX_SHIFT);
	pose.stroke = next_between(state, MIN_STROKE, MAX_STROKE);
	pose.blur = next_between(state, 0.8f, 1.4f);
	pose.ink = next_between(state, 200, 255);
	return pose;
}

/* Move a point of the drawing a little, then onto the canvas. */
static Point
place(const Pose *pose, uint64_t *state, float x, float y)
{
	Point point = {0};

	x += next_between(state, -MAX_WOBBLE, MAX_WOBBLE) - 0.5f;
	y += next_between(state, -MAX_WOBBLE, MAX_WOBBLE) - 0.5f;
	point.x = pose->x + pose->xx * x + pose->xy * y;
	point.y = pose->y + pose->yx * x + pose->yy * y;
	return point;
}

/* Cut a quadratic curve into segments; returns the number of points added. */
static int
flatten(Point from, Point by, Point to, Point *points)
{
	for (int i = 1; i <= CURVE_SEGMENTS; i++)
	{
		float t = (float) i / CURVE_SEGMENTS;
		float a = (1 - t) * (1 - t);
		float b = 2 * t * (1 - t);
		float c = t * t;
		Point point = {0};

		point.x = a * from.x + b * by.x + c * to.x;
		point.y = a * from.y + b * by.y + c * to.y;
		points[i - 1] = point;
	}
	return CURVE_SEGMENTS;
}

/* Bring a glyph's strokes onto the canvas; returns the number of points. */
static int
trace(int digit, const Pose *pose, uint64_t *state, Point *points)
{
	int count = 0;

	for (int i = 0; i < MAX_COMMANDS && glyphs[digit][i].kind != 0; i++)
	{
		const Command *command = &glyphs[digit][i];
		Point by = place(pose, state, command->x1, command->y1);

		if (command->kind == 'Q')
		{
			Point to = place(pose, state, command->x2, command->y2);

			count += flatten(points[count - 1], by, to, points + count);
			continue;
		}
		by.begins = command->kind == 'M';
		points[count++] = by;
	}
	return count;
}

/* Find the square of the distance from (x, y) to a segment. */
static float
segment_distance(const Point *from, const Point *to, float x, float y)
{
	float dx = to->x - from->x;
	float dy = to->y - from->y;
	float length = dx * dx + dy * dy;
	float t = 0;

	x -= from->x;
	y -= from->y;
	if (length > 0)
		t = (x * dx + y * dy) / length;
	t = t < 0 ? 0 : t > 1 ? 1 : t;
	x -= t * dx;
	y -= t * dy;
	return x * x + y * y;
}

/* Clip a range of pixels to the canvas. */
static int
clip(float coordinate)
{
	if (coordinate < 0)
		return 0;
	if (coordinate > SYNTHETIC_SIDE - 1)
		return SYNTHETIC_SIDE - 1;
	return (int) coordinate;
}

/* Lower the distances of the pixels that a segment's stroke can reach. */
static void
stroke_segment(const Point *from, const Point *to, float reach,
			   float *distances)
{
	int left = clip((from->x < to->x ? from->x : to->x) - reach);
	int right = clip((from->x > to->x ? from->x : to->x) + reach + 1);
	int top = clip((from->y < to->y ? from->y : to->y) - reach);
	int bottom = clip((from->y > to->y ? from->y : to->y) + reach + 1);

	for (int y = top; y <= bottom; y++)
		for (int x = left; x <= right; x++)
		{
			float *nearest = &distances[y * SYNTHETIC_SIDE + x];
			float distance = segment_distance(from, to, (float) x, (float) y);

			*nearest = distance < *nearest ? distance : *nearest;
		}
}

/* Turn distances into ink with soft edges. */
static void
ink(const Pose *pose, const float *distances, uint8_t *pixels)
{
	float reach = pose->stroke + pose->blur;

	for (int i = 0; i < SYNTHETIC_PIXELS; i++)
	{
		float cover = 0;

		if (distances[i] < reach * reach)
			cover = (reach - sqrtf(distances[i])) / pose->blur;
		pixels[i] = (uint8_t) (pose->ink * (cover > 1 ? 1 : cover));
	}
}

/* Disturb a few pixels. */
static void
add_noise(uint64_t *state, uint8_t *pixels)
{
	for (int i = 0; i < SYNTHETIC_PIXELS / NOISE_RATE; i++)
	{
		uint64_t bits = next_random(state);
		uint8_t *pixel = &pixels[(bits >> 32) % SYNTHETIC_PIXELS];

		*pixel = *pixel ^ (uint8_t) (bits & 0x7f);
	}
}

int
synthetic_draw(uint64_t seed, int split, uint64_t id, uint8_t *pixels)
{
	uint64_t state = seed;
	float distances[SYNTHETIC_PIXELS];
	Point points[MAX_POINTS];
	Pose pose;
	int digit;
	int count;

	/* a chain of hashes makes the three keys one state */
	state = next_random(&state) ^ (uint64_t) split;
	state = next_random(&state) ^ id;
	state = next_random(&state);
	digit = (int) (next_random(&state) % 10);
	pose = draw_pose(&state);
	count = trace(digit, &pose, &state, points);
	for (int i = 0; i < SYNTHETIC_PIXELS; i++)
		distances[i] = SYNTHETIC_PIXELS;
	for (int i = 1; i < count; i++)
		if (!points[i].begins)
			stroke_segment(&points[i - 1], &points[i], pose.stroke + pose.blur,
						   distances);
	ink(&pose, distances, pixels);
	add_noise(&state, pixels);
	return digit;
}
