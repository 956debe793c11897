"""Renders meshes with OpenGL on any machine: EGL without a display, in software (llvmpipe) or on a GPU."""

from __future__ import annotations

from functools import lru_cache

import cv2
import moderngl
import numpy as np

from .camera import Camera
from .mesh import Mesh
from .scene import Lighting

NEAR, FAR = 0.3, 200.0
MAX_ROWS = 8
SHADOW_SIZE = (1536, 512)

VERTEX = """
#version 330
uniform mat4 pose, view;
in vec3 in_position; in vec3 in_normal; in vec3 in_color; in vec4 in_surface; in vec3 in_texture;
out vec3 position; out vec3 normal; out vec3 color; out vec4 surface; out vec3 texel;
void main() {
    vec4 world = pose * vec4(in_position, 1.0);
    position = world.xyz; normal = mat3(pose) * in_normal;
    color = in_color; surface = in_surface; texel = in_texture;
    gl_Position = view * world;
}
"""

FRAGMENT = """
#version 330
uniform vec3 eye, sky, ground, sun, sun_direction, tint;
uniform float lamps, daylight, exposure;
uniform int rows;
uniform vec4 row_place[8];
uniform vec3 row_color[8];
uniform mat4 shadow_view;
uniform sampler2D shadow, noise;
uniform sampler2DArray art;
in vec3 position; in vec3 normal; in vec3 color; in vec4 surface; in vec3 texel;
out vec4 pixel;

void main() {
    vec4 paint = vec4(color, 1.0);
    if (texel.z > -0.5) paint = texture(art, vec3(texel.xy, floor(texel.z + 0.5)));
    if (paint.a < 0.35) discard;
    vec3 base = paint.rgb * paint.rgb;                         // sRGB to linear, nearly
    vec3 to_eye = normalize(eye - position);
    vec3 n = normalize(normal);
    if (dot(n, to_eye) < 0.0) n = -n;

    vec3 a = abs(n);
    vec2 flat_at = a.z > 0.7 ? position.xy : (a.y > a.x ? position.xz : position.yz);
    float coarse = texture(noise, flat_at * 0.07).r, fine = texture(noise, flat_at * 0.53).r;
    base *= 1.0 + surface.w * (coarse * 0.7 + fine * 0.5 - 0.6);
    float dirt = surface.y * smoothstep(0.25, 0.9, fine * 0.45 + coarse * 0.75 + 0.28 * clamp(1.6 - position.z, -1.0, 1.0) * step(0.02, position.z));
    base = mix(base, vec3(0.055, 0.045, 0.037), dirt * 0.65);

    vec4 s = shadow_view * vec4(position + n * 0.06, 1.0);
    vec3 at = s.xyz * 0.5 + 0.5;
    float open = 0.0;
    vec2 texel_size = 1.0 / vec2(textureSize(shadow, 0));
    for (int k = 0; k < 4; ++k) {
        vec2 d = (vec2(k & 1, k >> 1) * 2.0 - 1.0) * 1.4 * texel_size;
        open += texture(shadow, at.xy + d).r > at.z - 0.002 ? 0.25 : 0.0;
    }
    float roofed = mix(0.3, 1.0, open);                        // what lies under a machine sees little of the lamps

    vec3 light = mix(ground, sky, n.z * 0.5 + 0.5) * (n.z > 0.0 ? mix(0.45, 1.0, open) : 1.0);
    light += sun * max(dot(n, sun_direction), 0.0) * open;
    vec3 shine = vec3(0.0);
    vec3 mirror = reflect(-to_eye, n);
    for (int k = 0; k < rows; ++k) {                           // a row of lamps is a line of light: its integral is closed
        vec4 r = row_place[k];
        vec2 across = r.zw - position.yz;
        float d2 = dot(across, across) + 0.5, d = sqrt(d2);
        float x0 = r.x - position.x, x1 = r.y - position.x;
        float l0 = inversesqrt(x0 * x0 + d2), l1 = inversesqrt(x1 * x1 + d2);
        float facing = max(dot(n.yz, across) / d, 0.0) * (x1 * l1 - x0 * l0) / d;
        float lengthwise = n.x > 0.0 ? (1.0 / max(d, 1e-3) - l1) * step(0.0, x1) : (1.0 / max(d, 1e-3) - l0) * step(x0, 0.0);
        light += row_color[k] * (facing + a.x * lengthwise) * roofed;
        float spread = max(dot(normalize(mirror.yz + 1e-4), across / d), 0.0) * length(mirror.yz);
        shine += row_color[k] * pow(spread, 60.0) * roofed;
    }
    float rim = 1.0 - max(dot(n, to_eye), 0.0);
    vec3 hdr = base * light + surface.x * (shine * 0.09 + sky * 0.6 * rim * rim * rim);
    if (surface.z > 0.0) hdr = base * surface.z;
    else if (surface.z <= -10.0) hdr += base * (-surface.z - 10.0) * daylight * (0.8 + 0.4 * coarse);
    else if (surface.z < 0.0) hdr += base * -surface.z * lamps;
    hdr *= exposure * tint;
    hdr = hdr / (hdr + 0.72) * 1.25;                           // film curve
    pixel = vec4(pow(clamp(hdr, 0.0, 1.0), vec3(1.0 / 2.2)), 1.0);
}
"""

SHADOW_VERTEX = """
#version 330
uniform mat4 pose, view;
in vec3 in_position;
void main() { gl_Position = view * pose * vec4(in_position, 1.0); }
"""
SHADOW_FRAGMENT = "#version 330\nvoid main() {}"


def _noise(size=256) -> np.ndarray:
    """Tileable clouds, stretched to the whole range."""
    rng = np.random.default_rng(7)
    total = np.zeros((size, size), np.float32)
    for octave, weight in ((8, 1.0), (16, 0.6), (32, 0.4), (64, 0.25), (128, 0.18)):
        cells = np.tile(rng.random((octave, octave), np.float32), (3, 3))
        total += weight * cv2.resize(cells, (3 * size, 3 * size), interpolation=cv2.INTER_CUBIC)[size : 2 * size, size : 2 * size]
    low, high = np.percentile(total, (1, 99))
    return (np.clip((total - low) / (high - low), 0, 1) * 255).astype(np.uint8)


@lru_cache(maxsize=16)
def _lens_map(width, height, f, k1):
    camera = Camera(width, height, f, k1, np.eye(3), np.zeros(3))
    return cv2.convertMaps(*camera.lens_map(), cv2.CV_16SC2)


class Model:
    """A mesh on the graphics side."""

    def __init__(self, renderer: Renderer, mesh: Mesh, casts: bool):
        context = renderer.context
        self.casts = casts
        self.buffer = context.buffer(np.ascontiguousarray(mesh.vertices, np.float32).tobytes())
        layout = (self.buffer, "3f 3f 3f 4f 3f", "in_position", "in_normal", "in_color", "in_surface", "in_texture")
        self.picture = context.vertex_array(renderer.program, [layout])
        self.shadow = context.vertex_array(renderer.shadow_program, [(self.buffer, "3f 52x", "in_position")])
        self.art = None
        if mesh.textures:
            h, w, _ = mesh.textures[0].shape
            self.art = context.texture_array((w, h, len(mesh.textures)), 4, np.stack(mesh.textures).tobytes())
            self.art.build_mipmaps()
            self.art.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
            self.art.anisotropy = 8.0
            self.art.repeat_x = self.art.repeat_y = False

    def release(self):
        for part in (self.picture, self.shadow, self.buffer, self.art):
            if part is not None:
                part.release()


class Renderer:
    """One EGL context; pictures up to width x height (before the margin for the lens)."""

    def __init__(self, width: int, height: int, samples: int = 4, margin: float = 1.2):
        self.context = ctx = moderngl.create_standalone_context(backend="egl")
        ctx.enable(moderngl.DEPTH_TEST)
        self.size = (2 * int(width * margin / 2), 2 * int(height * margin / 2))
        self.program = ctx.program(VERTEX, FRAGMENT)
        self.shadow_program = ctx.program(SHADOW_VERTEX, SHADOW_FRAGMENT)
        self._multi = ctx.framebuffer(ctx.renderbuffer(self.size, 4, samples=samples), ctx.depth_renderbuffer(self.size, samples=samples))
        self._flat_color = ctx.renderbuffer(self.size, 4)
        self._flat_depth = ctx.depth_texture(self.size)
        self._flat = ctx.framebuffer(self._flat_color, self._flat_depth)
        self._shadow_map = ctx.depth_texture(SHADOW_SIZE)
        self._shadow_map.compare_func = ""
        self._shadow_map.repeat_x = self._shadow_map.repeat_y = False
        self._shadow = ctx.framebuffer(depth_attachment=self._shadow_map)
        clouds = _noise()
        self._noise = ctx.texture(clouds.shape, 1, clouds.tobytes())
        self._noise.build_mipmaps()
        self._noise.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
        self._no_art = ctx.texture_array((1, 1, 1), 4, bytes(4))
        for unit, name in enumerate(("shadow", "noise", "art")):
            self.program[name] = unit

    def upload(self, mesh: Mesh, casts: bool = True) -> Model:
        """Static geometry goes up once; `Model.release()` gives it back. casts=False: throws no shadow (the hall)."""
        return Model(self, mesh, casts)

    def render(self, items, lighting: Lighting, camera: Camera, tint=(1.0, 1.0, 1.0), region=None) -> tuple[np.ndarray, np.ndarray]:
        """items: (model, 4x4 pose). -> tone-mapped RGB uint8 as the camera sees it, lens distortion included, and the
        depth in metres of the undistorted picture of `camera.pinhole()`.

        region: (x0, y0, x1, y1) pixels, for a camera without distortion: draw and return only these."""
        wide = camera.pinhole()
        size = (wide.width, wide.height)
        if size[0] > self.size[0] or size[1] > self.size[1]:
            raise ValueError(f"the lens needs {size}, the renderer was made for {self.size}: stronger k1 than its margin allows")
        shadow_view = self._shadow_view(items, lighting)
        self._draw_shadow(items, shadow_view)
        self._set_uniforms(lighting, wide, shadow_view, tint)
        self._multi.use()
        self._multi.viewport = (0, 0, *size)
        x0, y0, x1, y1 = region or (0, 0, *size)
        part = (x0, size[1] - y1, x1 - x0, y1 - y0)
        self._multi.scissor = part
        open_sky = np.array([0.7, 0.85, 1.0]) * 1.6 * lighting.daylight * lighting.exposure + 0.004
        self._multi.clear(*(np.clip(open_sky / (open_sky + 0.72) * 1.25, 0, 1) ** (1 / 2.2)), 1.0)
        self._shadow_map.use(0)
        self._noise.use(1)
        for model, where in items:
            (model.art or self._no_art).use(2)
            self.program["pose"].write(_columns(where))
            model.picture.render()
        self._flat.scissor = part
        self.context.copy_framebuffer(self._flat, self._multi)
        rgb = np.frombuffer(self._flat.read(part, 3, alignment=1), np.uint8).reshape(part[3], part[2], 3)[::-1]
        z = np.frombuffer(self._flat.read(part, 1, attachment=-1, dtype="f4", alignment=1), np.float32)
        z = z.reshape(part[3], part[2])[::-1]
        depth = NEAR * FAR / (FAR - z * (FAR - NEAR))
        if camera.k1 == 0:
            return np.ascontiguousarray(rgb), depth
        first, second = _lens_map(camera.width, camera.height, camera.f, camera.k1)
        return cv2.remap(np.ascontiguousarray(rgb), first, second, cv2.INTER_LINEAR), depth

    def _shadow_view(self, items, lighting) -> np.ndarray:
        """An orthographic view along the light that holds every shadow thrower and the floor below it."""
        toward = np.asarray(lighting.sun_direction, float)
        right = np.cross((0, 1.0, 0), toward)
        right /= np.linalg.norm(right)
        up = np.cross(toward, right)
        centre, half = np.array([35.0, 6.0, 3.0]), np.array([60.0, 20.0, 24.0])
        rows = np.stack([right, up, -toward]) / half[:, None]
        view = np.eye(4)
        view[:3, :3] = rows
        view[:3, 3] = -rows @ centre
        return view

    def _draw_shadow(self, items, view):
        self._shadow.use()
        self._shadow.clear(depth=1.0)
        self.shadow_program["view"].write(_columns(view))
        for model, where in items:
            if model.casts:
                self.shadow_program["pose"].write(_columns(where))
                model.shadow.render()

    def _set_uniforms(self, lighting, wide, shadow_view, tint):
        p = self.program
        p["view"].write(_columns(_projection(wide)))
        p["shadow_view"].write(_columns(shadow_view))
        p["eye"] = tuple(wide.C)
        for name in ("sky", "ground", "sun", "sun_direction"):
            p[name] = tuple(getattr(lighting, name))
        p["lamps"], p["daylight"], p["exposure"], p["tint"] = lighting.lamps, lighting.daylight, lighting.exposure, tuple(tint)
        rows = np.zeros((MAX_ROWS, 7), np.float32)
        rows[: len(lighting.rows)] = lighting.rows
        p["rows"] = len(lighting.rows)
        p["row_place"].write(np.ascontiguousarray(rows[:, :4]).tobytes())
        p["row_color"].write(np.ascontiguousarray(rows[:, 4:]).tobytes())


def _columns(matrix) -> bytes:
    return np.asarray(matrix, np.float32).T.tobytes()


def _projection(camera: Camera) -> np.ndarray:
    """World -> OpenGL clip space of a pinhole camera with its principal point in the middle."""
    view = np.eye(4)
    view[:3, :3] = camera.R
    view[:3, 3] = -camera.R @ camera.C
    a, b = 2 * camera.f / camera.width, 2 * camera.f / camera.height
    clip = np.array([
        [a, 0, 0, 0], [0, -b, 0, 0],
        [0, 0, (FAR + NEAR) / (FAR - NEAR), -2 * FAR * NEAR / (FAR - NEAR)], [0, 0, 1, 0],
    ])  # fmt: skip
    return clip @ view
