package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/saego/saego/bench/result"
)

// plot is a picture of how the time of a step grows.
type plot struct{ file, axis, label string }

var plots = []plot{
	{"performance-k.svg", "k", "L0 (k)"},
	{"performance-d_sae.svg", "d_sae", "d_sae"},
	{"performance-batch.svg", "batch", "batch"},
}

// Size of a picture, and of the field in it.
const (
	width, height            = 560, 300
	left, right, top, bottom = 64, 540, 16, 252
)

// point is one size and a time, seconds.
type point struct{ x, y float64 }

// svg draws both sides on logarithmic axes.
func (r report) svg(p plot) string {
	ours, peer := r.points(p.axis, func(e result.Entry) *float64 { return e.Ours }), r.points(p.axis, func(e result.Entry) *float64 { return e.Peer })
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&s, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	f, ok := field(append(append([]point{}, ours...), peer...))
	if !ok {
		s.WriteString(`<text x="20" y="30">not measured</text>` + "\n</svg>\n")
		return s.String()
	}
	f.axes(&s, p.label)
	f.line(&s, ours, "#0b6e4f", "saego")
	f.line(&s, peer, "#c1440e", "sae-lens")
	s.WriteString("</svg>\n")
	return s.String()
}

// points are those of growth/AXIS=VALUE that were measured.
func (r report) points(axis string, of func(result.Entry) *float64) (out []point) {
	prefix := "growth/" + axis + "="
	for _, e := range r.within(prefix) {
		x, err := strconv.ParseFloat(strings.TrimPrefix(e.Name, prefix), 64)
		if v := of(e); v != nil && err == nil {
			out = append(out, point{x, *v})
		}
	}
	return out
}

// frame maps sizes and times to the picture, by powers of 2 and 10.
type frame struct{ x0, x1, y0, y1 float64 }

// field returns the frame that holds all points; false where there is none.
func field(all []point) (frame, bool) {
	f := frame{math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)}
	for _, p := range all {
		f.x0, f.x1 = min(f.x0, math.Log2(p.x)), max(f.x1, math.Log2(p.x))
		f.y0, f.y1 = min(f.y0, math.Log10(p.y)), max(f.y1, math.Log10(p.y))
	}
	f.y0, f.y1 = math.Floor(f.y0), math.Ceil(f.y1)
	f.x1, f.y1 = max(f.x1, f.x0+1), max(f.y1, f.y0+1)
	return f, len(all) > 0
}

func (f frame) x(v float64) float64 {
	return left + (math.Log2(v)-f.x0)/(f.x1-f.x0)*(right-left)
}

func (f frame) y(v float64) float64 {
	return bottom - (math.Log10(v)-f.y0)/(f.y1-f.y0)*(bottom-top)
}

// axes draws a line for each power, with its number.
func (f frame) axes(s *strings.Builder, label string) {
	for e := math.Ceil(f.x0); e <= f.x1; e++ {
		v := math.Exp2(e)
		fmt.Fprintf(s, `<path d="M%.1f %d V%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%g</text>`+"\n",
			f.x(v), top, bottom, f.x(v), bottom+16, v)
	}
	for e := f.y0; e <= f.y1; e++ {
		v := math.Pow(10, e)
		fmt.Fprintf(s, `<path d="M%d %.1f H%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g s</text>`+"\n",
			left, f.y(v), right, left-6, f.y(v)+4, v)
	}
	fmt.Fprintf(s, `<text x="%d" y="%d" text-anchor="middle">%s; time of a step</text>`+"\n", (left+right)/2, bottom+36, label)
}

// line draws the points of one side, named at its last one.
func (f frame) line(s *strings.Builder, points []point, colour, name string) {
	if len(points) == 0 {
		return
	}
	var at []string
	for _, p := range points {
		at = append(at, fmt.Sprintf("%.1f,%.1f", f.x(p.x), f.y(p.y)))
		fmt.Fprintf(s, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", f.x(p.x), f.y(p.y), colour)
	}
	last := points[len(points)-1]
	fmt.Fprintf(s, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(at, " "), colour)
	fmt.Fprintf(s, `<text x="%.1f" y="%.1f" fill="%s" text-anchor="end">%s</text>`+"\n", f.x(last.x), f.y(last.y)-8, colour, name)
}
