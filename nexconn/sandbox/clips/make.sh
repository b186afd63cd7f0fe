#!/bin/sh
# Makes the clips the sandbox hands out as videos: one second each, a loop
# without a seam, H.264 without B-frames, its first frame the only key frame.
# mp4.go lengthens them by repeating the sample table, so keep these properties.
# Needs ffmpeg with libx264. Run it in this folder.
set -eu

clip() { # name width height
	ffmpeg -hide_banner -loglevel error -y -f lavfi -i "nullsrc=size=$2x$3:rate=24:duration=1" \
		-vf "geq=r='128+96*sin(2*PI*(X/W+T))':g='120+80*sin(2*PI*(Y/H-T))':b='150+90*cos(2*PI*((X+Y)/(W+H)+T))',format=yuv420p" \
		-c:v libx264 -profile:v main -preset veryslow -crf 36 -bf 0 -g 24 -keyint_min 24 -sc_threshold 0 \
		-threads 1 -fflags +bitexact -flags:v +bitexact -map_metadata -1 -movflags +faststart "$1.mp4"
}

clip 16x9 640 360
clip 9x16 360 640
clip 1x1 480 480
clip 4x3 640 480
clip 3x4 480 640
clip 21x9 840 360
