"""The numbers travel is reckoned with, in a reader's words: what the page, documents and messages call them."""

from __future__ import annotations

from layout_planner.base.messages import Text

_CLASSES = {
    "motorway": ("motorways", "高速公路"),
    "trunk": ("national and provincial roads", "国省道"),
    "secondary": ("county roads", "县道"),
    "tertiary": ("township roads", "乡道"),
    "village": ("village roads", "村道"),
    "path": ("tracks open to cars", "可行车的小路"),
}
_BANDS = {
    "kindergarten": ("kindergarten", "幼儿园"),
    "1_3": ("grades 1–3", "1–3 年级"),
    "4_6": ("grades 4–6", "4–6 年级"),
    "7_12": ("from grade 7", "7 年级起"),
}
_OSM = {
    "motorway": "高速公路", "motorway_link": "高速匝道", "trunk": "干线公路", "trunk_link": "干线匝道",
    "primary": "主干路", "primary_link": "主干路匝道", "secondary": "次干路", "secondary_link": "次干路匝道",
    "tertiary": "支路", "tertiary_link": "支路匝道", "unclassified": "一般道路", "residential": "居住区道路",
    "living_street": "生活街道", "service": "内部道路",
}  # fmt: skip

WORDS = {
    "detour": Text("way over straight line", "绕行系数"),
    "walk_top": Text("fastest walk", "步行最快速度"),
    "walk_decay": Text("how slopes slow walking", "坡度对步行的影响"),
    "walk_shift": Text("slope at which walking is fastest", "步行最快时的坡度"),
    "walk_steepest": Text("steepest slope walked", "步行最大坡度"),
    "unsafe_slope": Text("slope named steep", "列为陡坡的坡度"),
    **{f"pace_{band}": Text(f"walking pace, {en}", f"步行用时系数（{zh}）") for band, (en, zh) in _BANDS.items()},
    "bike_flat": Text("bicycle on the flat", "自行车平路速度"),
    "bike_up": Text("bicycle, slower uphill", "自行车上坡减速"),
    "bike_down": Text("bicycle, faster downhill", "自行车下坡加速"),
    "bike_least": Text("bicycle, slowest", "自行车最低速度"),
    "bike_top": Text("bicycle, fastest", "自行车最高速度"),
    "ebike_flat": Text("electric bicycle on the flat", "电动自行车平路速度"),
    "ebike_ready": Text("getting the electric bicycle out", "电动自行车出行准备"),
    "ebike_power": Text("electric bicycle, motor", "电动自行车电机功率"),
    "ebike_drive": Text("electric bicycle, power reaching the road", "电动自行车传动效率"),
    "ebike_mass": Text("electric bicycle with parent and child", "电动自行车连同家长和孩子的质量"),
    "ebike_rolling": Text("rolling resistance", "滚动阻力系数"),
    **{f"drive_{name}": Text(f"cars on {en}", f"汽车在{zh}的速度") for name, (en, zh) in _CLASSES.items()},
    **{f"osm_{name}": Text(f"cars on highway={name}", f"汽车在{zh}的速度") for name, zh in _OSM.items()},
    "limit_share": Text("share of the speed limit driven", "实际车速占限速的比例"),
    "light": Text("a traffic light", "红绿灯"),
    "turn": Text("a sharp turn, at most", "转弯（最多）"),
    "turn_across": Text("a turn across oncoming traffic, more", "穿越对向车流的转弯另加"),
    "turn_share": Text("share who turn at a crossroads", "十字路口转弯的比例"),
    "car_height": Text("height of a car", "汽车高度"),
    "car_weight": Text("weight of a car", "汽车质量"),
    "car_width": Text("width of a car", "汽车宽度"),
    "car_length": Text("length of a car", "汽车长度"),
    "ferry_speed": Text("ferry", "渡船速度"),
    "ferry_wait": Text("waiting for a ferry", "候渡时间"),
    "bus_top": Text("school bus, fastest", "校车最高速度"),
    "bus_steep": Text("steepest village road for a bus", "校车可行的村道最大坡度"),
    "bus_width": Text("narrowest road for a bus", "校车可行的最小路宽"),
    "bus_body": Text("width of a bus", "校车宽度"),
    "bus_height": Text("height of a bus", "校车高度"),
    "bus_weight": Text("weight of a bus", "校车总质量"),
    "bus_length": Text("length of a bus", "校车长度"),
    "bus_reach": Text("farthest walk to a bus's road", "步行到校车道路的最远距离"),
    "bus_stop_every": Text("distance between bus stops", "校车站距"),
    "bus_stop": Text("a bus stop", "校车停靠一站"),
    "bus_wait": Text("waiting for the bus", "候车时间"),
    "coach_wait": Text("waiting for the county bus", "等候城乡班车"),
    **{f"usual_walk_{band}": Text(f"farthest walk, {en}", f"步行上限（{zh}）") for band, (en, zh) in _BANDS.items()},
    **{
        f"usual_day_{band}": Text(f"farthest way gone every day, {en}", f"每日往返上限（{zh}）")
        for band, (en, zh) in _BANDS.items()
    },
}
"""What each number of `speeds.SPEEDS` is called."""

_UNITS = {
    "km/h": "公里/小时", "km/h per % up": "公里/小时（每 1% 上坡）", "km/h per % down": "公里/小时（每 1% 下坡）",
    "minutes": "分钟", "s": "秒", "m": "米", "km": "公里", "W": "瓦", "kg": "千克", "t": "吨", "1": "",
}  # fmt: skip


def said(name: str, value: float, unit: str) -> Text:
    """Name a number with its value and unit, in both languages.

    Parameters
    ----------
    name, value, unit
        As in the speed table.
    """
    words = WORDS[name]
    en, zh = ("" if unit == "1" else f" {unit}"), (f" {_UNITS[unit]}" if _UNITS[unit] else "")
    return Text(f"{words.en} {value:g}{en}", f"{words.zh} {value:g}{zh}")
