"""Which writing a text is in: the one fact about its language that needs no statistics.

A script shuts out every language that is not written in it, and where only one language of the news is written in a
script, the script decides. Within Chinese it tells simplified from traditional by characters that exist in one only.
"""

import re
import string
from collections import Counter
from operator import itemgetter

# Blocks of Unicode. Of Latin only letters: digits and punctuation are everybody's. Kana before Han: a text with both
# is counted in both.
_RUNS = re.compile(
    r"(?P<Latn>[A-Za-zªº\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]+)"
    r"|(?P<Cyrl>[\u0400-\u052f\u1c80-\u1c8f]+)"
    r"|(?P<Hani>[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]+)"
    r"|(?P<Kana>[\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d]+)"
    r"|(?P<Hang>[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]+)"
    r"|(?P<Arab>[\u0620-\u064a\u066e-\u06d3\u06d5\u06fa-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc]+)"
    r"|(?P<Deva>[\u0900-\u0963\u0970-\u097f]+)|(?P<Grek>[\u0370-\u03ff\u1f00-\u1fff]+)"
    r"|(?P<Hebr>[\u05d0-\u05f4\ufb1d-\ufb4f]+)|(?P<Thai>[\u0e01-\u0e4e]+)|(?P<Beng>[\u0980-\u09e3\u09f0\u09f1]+)"
    r"|(?P<Armn>[\u0531-\u0587]+)|(?P<Geor>[\u10a0-\u10ff\u1c90-\u1cbf]+)|(?P<Ethi>[\u1200-\u135f]+)"
    r"|(?P<Guru>[\u0a01-\u0a5e\u0a70-\u0a75]+)|(?P<Gujr>[\u0a81-\u0ae3]+)|(?P<Orya>[\u0b01-\u0b63\u0b71]+)"
    r"|(?P<Taml>[\u0b82-\u0bd7]+)|(?P<Telu>[\u0c00-\u0c63]+)|(?P<Knda>[\u0c80-\u0ce3]+)|(?P<Mlym>[\u0d00-\u0d63]+)"
    r"|(?P<Sinh>[\u0d81-\u0df3]+)|(?P<Laoo>[\u0e81-\u0ecd\u0edc-\u0edf]+)|(?P<Tibt>[\u0f40-\u0fbc]+)"
    r"|(?P<Mymr>[\u1000-\u103f\u1050-\u109f]+)|(?P<Khmr>[\u1780-\u17d3]+)|(?P<Thaa>[\u0780-\u07b1]+)"
)
# An ideograph or a syllable holds about what three letters of an alphabet do: the same text in Chinese has a third of
# the characters. Without it a Chinese headline with one long product name in Latin letters would count as Latin.
_CHARACTERS_A_SIGN = 3
_ASCII_LETTERS = string.ascii_letters.encode()
_NOT_ASCII = re.compile("[^\x00-\x7f]+")
_SIGNS = ("Hani", "Kana", "Hang")
# Running Japanese is more than a third kana; Chinese quotes a kana word at most. Headlines may have few.
_LEAST_KANA = 0.05

# Characters that belong to one orthography only, by frequency in print; those that both keep in some word (后, 里, 台,
# 干, 面, 只, 了) are left out. Source: Unihan kSimplifiedVariant and kTraditionalVariant.
_SIMPLIFIED = (
    "这国们个来时为学对说过发会开还没样进动与两门问间长东见车书马鸟鱼龙风飞电话语读写词请让认识谁谢记许论设访证评试"
    "该误调谈课变议诉讯训讲计则财责货购费资赛赢银钱铁错键镇队阳阶际陆难预领题颜类显愿顾顺须项额频观视觉规览亲产业"
    "严丰临举义习乡买乱争亚亿从仅仓价众优伤传伟体侦储军农决况减凤击刘创别剂务劳势区医华协单卖卫历压厅厂县叶号吗听启"
    "响员围图圆场块坏坚报声处备够头夺奖妇孙宁宝实审宪宾寻导将尔层岁岛币师帐帮应庆库庙废张弹强归当录彻径总恋恶惊惧"
    "战户执扩扫抢护择换据损摄撑敌数断旧显晓术机杀权条极构标树桥检楼欢残毕气汇汉汤沟济测浓涨温湾湿灭灯灵炉点炼烂热爱"
    "状独环现疗监盖盘矿码确礼种积称稳穷窃竞笔紧红约级纪纯纳纷纸线练组细织终经结给络绝统继绩续维绿编缓缩网罗罚职联肃肠"
    "肿胜脑脱节苏药获营萨蓝虑虽补装质贝负贡败账贩贫贴贵贸贺赖赶赵践踪轨转轮软轻载较输辆达迁运连迟适选逻遗邓邮郑释针钟"
    "钢铜锁锦镜闭闯闲闻阅阔际陈险随隐隶雾静韩页顶饭饮馆驱驻驾验骗鲁鲜鸡麦黄齐齿"
)
_TRADITIONAL = (
    "這國們個來時為學對說過發會開還沒樣進動與兩門問間長東見車書馬鳥魚龍風飛電話語讀寫詞請讓認識誰謝記許論設訪證評試"
    "該誤調談課變議訴訊訓講計則財責貨購費資賽贏銀錢鐵錯鍵鎮隊陽階際陸難預領題顏類顯願顧順須項額頻觀視覺規覽親產業"
    "嚴豐臨舉義習鄉買亂爭亞億從僅倉價眾優傷傳偉體偵儲軍農決況減鳳擊劉創別劑務勞勢區醫華協單賣衛歷壓廳廠縣葉號嗎聽啟"
    "響員圍圖圓場塊壞堅報聲處備夠頭奪獎婦孫寧寶實審憲賓尋導將爾層歲島幣師帳幫應慶庫廟廢張彈強歸當錄徹徑總戀惡驚懼"
    "戰戶執擴掃搶護擇換據損攝撐敵數斷舊顯曉術機殺權條極構標樹橋檢樓歡殘畢氣匯漢湯溝濟測濃漲溫灣濕滅燈靈爐點煉爛熱愛"
    "狀獨環現療監蓋盤礦碼確禮種積稱穩窮竊競筆緊紅約級紀純納紛紙線練組細織終經結給絡絕統繼績續維綠編緩縮網羅罰職聯肅腸"
    "腫勝腦脫節蘇藥獲營薩藍慮雖補裝質貝負貢敗賬販貧貼貴貿賀賴趕趙踐蹤軌轉輪軟輕載較輸輛達遷運連遲適選邏遺鄧郵鄭釋針鐘"
    "鋼銅鎖錦鏡閉闖閒聞閱闊際陳險隨隱隸霧靜韓頁頂飯飲館驅駐駕驗騙魯鮮雞麥黃齊齒"
)
_ONLY_SIMPLIFIED = re.compile(f"[{''.join(c for c in _SIMPLIFIED if c not in _TRADITIONAL)}]")
_ONLY_TRADITIONAL = re.compile(f"[{''.join(c for c in _TRADITIONAL if c not in _SIMPLIFIED)}]")


def main_script(text: str) -> str | None:
    """The script that most of a text is in (ISO 15924), `None` without letters of a known one.

    `Jpan` where kana stand among Han characters, `Hani` for Han alone. On equal counts the first in the text.

    >>> main_script("iPhone 發佈會延期"), main_script("港の再開は月曜日"), main_script("12:30")
    ('Hani', 'Jpan', None)
    """
    letters = text.encode("ascii", "ignore")
    others = "" if len(letters) == len(text) else "".join(_NOT_ASCII.findall(text))
    latin = len(letters) - len(letters.translate(None, _ASCII_LETTERS))
    if _CHARACTERS_A_SIGN * len(others) < latin:
        return "Latn"  # whatever the others are
    counts = _characters(others)
    counts["Latn"] += latin
    likeliest = max(counts.values())
    if not likeliest:
        return None
    first, *equals = [script for script, count in counts.items() if count == likeliest]
    return max(_characters(text).items(), key=itemgetter(1))[0] if equals else first


def _characters(text: str) -> Counter[str]:
    """How much of a text is in which script, in the order of their first characters."""
    counts: Counter[str] = Counter()
    for run in _RUNS.finditer(text):
        script = run.lastgroup or ""
        counts[script] += (run.end() - run.start()) * (_CHARACTERS_A_SIGN if script in _SIGNS else 1)
    han, kana = counts.pop("Hani", 0), counts.pop("Kana", 0)
    if han + kana:
        counts["Jpan" if kana >= _LEAST_KANA * (han + kana) else "Hani"] = han + kana
    return counts


def chinese_script(text: str) -> str | None:
    """`Hans` or `Hant` by the characters that exist in one of them only; `None` where they say nothing.

    >>> chinese_script("港口周一重新开放"), chinese_script("港口週一重新開放"), chinese_script("中文")
    ('Hans', 'Hant', None)
    """
    simplified = len(_ONLY_SIMPLIFIED.findall(text))
    traditional = len(_ONLY_TRADITIONAL.findall(text))
    if simplified == traditional:
        return None
    return "Hans" if simplified > traditional else "Hant"
