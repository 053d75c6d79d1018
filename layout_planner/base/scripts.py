"""How a text looks that was decoded rightly: the characters each encoding's languages use most.

A wrong encoding hardly ever fails on bytes of another: it gives rare characters. The share of common ones tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_CHINESE = """
的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经
十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形
相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展
五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战
先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白
教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且
究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值
号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严首底液官德随
病苏失尔死讲配女黄推显谈罪神艺呢席含企望密批营项防举球英氧势告李台落木帮轮破亚师围注远字材排供河态封另施减树溶怎止案言士均武固
叶鱼波视仅费紧爱左章早朝害续轻服试食充兵源判护司足某练差致板田降黑犯负击范继兴似余坚曲输修故城夫够送笔船占右财吃富春职觉汉画功
巴跟虽杂飞检吸助升阳互初创抗考投坏策古径换未跑留钢曾端责站简述钱副尽帝射草冲承独令限阿宣环双请超微让控州良轴找否纪益依优顶础载
倒房突坐粉敌略客袁冷胜绝析块剂测丝协诉念陈仍罗盐友洋错苦夜刑移频逐靠混母短皮终聚汽村云哪既距卫停烈央察烧迅境若印洲刻括激孔搞甚
室待核校散侵吧甲游久菜味旧模湖货损预阻毫普稳乙妈植息扩银语挥酒守拿序纸医缺雨吗针刘啊急唱误训愿审附获茶鲜粮斤孩脱硫肥善龙演父渐
血欢械掌歌沙刚攻谓盾讨晚粒乱燃矛乎杀药宁鲁贵钟煤读班伯香介迫句丰培握兰担弦蛋沉假穿执答乐谁顺烟缩征脸喜松脚困异免背星福买染井概
慢怕磁倍祖皇促静补评翻肉践尼衣宽扬棉希伤操垂秋宜氢套笔督振架亮末宪庆编牛触映雷销诗座居抓裂胞呼娘景威绿晶厚盟衡鸡孙延危胶屋乡临
陆顾掉呀灯岁措束耐剧玉赵跳哥季课凯胡额款绍卷齐伟蒸殖永宗苗川炉岩弱零杨奏沿露杆探滑镇饭浓航怀赶库夺伊灵税途灭赛归召鼓播盘裁险康
唯录菌纯借糖盖横符私努堂域枪润幅哈竟熟虫泽脑壤碳欧遍侧寨敢彻虑斜薄庭纳弹饲伸折麦湿暗荷瓦塞床筑恶户访塔奇透梁刀旋迹卡氯遇份毒泥
退洗摆灰彩卖耗夏择忙铜献硬予繁圈雪函亦抽篇阵阴丁尺追堆雄迎泛爸楼避谋吨野猪旗累偏典馆索秦脂潮爷豆忽托惊塑遗愈朱替纤粗倾尚痛楚谢奋
购磨君池旁碎骨监捕弟暴割贯殊释词亡壁顿宝午尘闻揭炮残冬桥妇警综招吴付浮遭徐您摇谷赞箱隔订男吹乡屯庄坪坝岗岭沟湾塘洼堡寺庙店铺坑坡
嘴冲垭坎溪洞峰崖岸圩墟埠浦渡闸堰涌汶泗沂淮渭洛漳沧汾潭浙闽赣湘鄂粤桂琼渝蜀黔滇藏陕甘肃宁新吉辽冀晋豫皖苏沪津邓郑冯韩曹彭曾萧潘袁
董余苏卢蒋蔡贾魏薛阎段侯龚邵万钱汤尹黎武戴莫孔向汪柏柳桃梅杏槐榆桐枫竹莲菊荷茂盛昌隆祥瑞嘉靖涪睿幼园址经纬镇街办附属贫困残疾寄宿
"""
_TRADITIONAL = """
學國鄉鎮縣區東灣龍興義華廣長門車馬魚鳥見貝頁風飛黃齊齒龜會來時們個為說發對經過還這開關間問聞萬與專業產電線圖書報紙數歲級組織給統
級約紀綠維總編縮續繁體驗點當黨無燒營種稱穩積窮筆節範築簡類糧紅純納終結絕經細終經濟滿漢湯溝澤濱潔潤灣燈爐爾牆狀獨獎環現產畫畢異當
療發盤眾碼確禮禪萬稱穀積竇競筆範糾紡紹終統絲網練縱繼續罰羅習職聯聲聽肅腦脫膠臨舉舊艱藝藥蘭蘇處號術補裝製複親觀規視覺計訂討訓記設
許訴診詞試詩話該詳認語誠誤說請諸調談論諾謝證識譜議護譯讀變讓豐負財貢貨責貫貴買費貿賀資賓賞賢賣賴賺購贈趙跡踐車軍軌輕較載輔輪輸轉辦
農迴這連週進運過達違遠適遲選遺還邊鄧鄭醫釋錢鐘鐵銀銅錄錯鍋鏡閃閉開閑間閣關陣陰陳陸陽隊階際隨險隱雙雜雞離難雲電靈靜韓響項順預領頭題
額顧顯飯飲飼養館騎驗驚鬥魯鮮鳳鳴麗麥黃點齡園圍圓團執報場塊塔塵墳壓壘壞壩壯夢夾奪奮婦學孫宮寧實審寫寬寶將專尋導層屬岡島嶺嶼巖州幣帶
幫廠廳廟彈後徑從復徵應懷態戰戲戶擇擊擔據舉擴攝敵數斷於時晉暫書會東條楊楓極榮構槍樂樓標樣樹橋機檢權歡歐歷歸殘殺氣決沒況洩測渾湊湧準
溫滅漁漲潛營爭爺牽猶獵產畝留畫異疊瘋癢皺盜盡監盧眾睏矯礦祿禍種稅穀穗窩窯竄筍籃籠糞紮絡綱緊緒緣縫縣繪繩義聖聞聰肅腸膚臺與興舖艙莊華
萊葉蓋蓮蔣蕭薦藍藥蘆蘋虛蝦螞蟲衛裏褲襯襲覽觸訊託詠詢誌謙讚豬貓賽贊趕跡躍載轄迴遜遙鄰鄺釘鈴銘鋁鋪錦鍊鎖鏈鐘鑄鑼閘闆闊闢隴雖霧頂頒頓頗
頻顆顏願飄飽餅餐餘驅驛鬧鬱魏鰲鴨鵝鷹鹽鹿黑黨鼎國小國中高級
"""
_JAPANESE_KANJI = """
日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方四定今回新場金員九入選立開手米力学問
高代明実円関決子動京全目表戦経通外最言氏現理調体化田当八六約主題下首意法不来作性的要用制治度務強気小七成期公野協取都和統以機平総加
山思家話世受区領多県続進正安設保改数記院女初北午指権心界支第産結百派点教報済書府活原先共得解名交資予川向際査勝面委告軍文反元重近千考
判認画海参売利組知案道信策集在件団別物側任引使求所次水半品昨論計死官増係感特情投示変打男基私各始島直両朝革価式確村提運終挙果西勢減台
広容必応演電歳住争談能無再位置企真流格有疑口過局少放税検藤町常校料沢裁状工建語球営空職証土与急止送援供可役構木割聞身費付施切由説転食
比難防補車優夫研収断井何南石足違消境神番規術護展態導鮮備宅害配副算視条幹独警宮究育席輸訪楽起万着乗店述残想線率病農州武声質念待試族象
銀域助労例衛然早張映限親額監環験追審商葉義伝働形景落欧担好退準賀訴辺造英被株頭技低毎医復仕去姿味負閣韓渡失移差衆個門写評課末守若脳極
種美岡影命含福蔵量望松非撃佐核観察整段横融型白深字答夜製票況音申様財港識注呼渉達響阪帰針専推谷古候史天階程満敗管値歌買突兵接請器士光
討路悪科攻崎督授催細効図週積丸他及湾録処省旧室憲太橋歩離岸客風紙激否周師摘材登系批郎母易健黒火戸速存花春飛殺央券赤号単盟座青破編捜竹
除完降超責並療従右修捕隊危採織森競拡故館振給屋介読弁根色友苦就迎走販園具左異歴辞将秋因献厳馬愛幅休維富浜父遺彼般未塁貿講邦舞林装諸夏
素亡劇河遣航抗冷模雄適婦鉄寄益込顔緊類児余禁印逆王返標換久短油妻暴輪占宣背昭廃植熱宿薬伊江清習険頼僚覚吉盛船倍均億途圧芸許皇臨踏駅署
幼稚園附属立浦沼塩奈良坂杉桜梅沖縄熊鹿児宮潟群栃茨埼阜滋媛徳香愛知静岐
"""
_KOREAN = """
이다의는에을하고가를로은한서도사지대기인나시어리자정아수부과국그일해들전제으스있니상장원주라적게보공경동학성조교여화구문것생유선안신관계
만오마간물비소때중면산세용치연방행무년었했없체모위와민실개내단던명분회외분통진야식결음말우러트드미호차입습금심려규청김박최강윤임송황권남
북천군읍면초고등학교유치원중앙병설별립공립사립서울부산광역인천대전울산세종경기충청전라제주특자치거창양평포항목포순광룡봉복덕죽월석촌
노래현재영환변추질활술배종법합력번점토론반발속요급조까처럼터되된될할함않았겠녀노농달담당데독돌되두떠또뜻망맞매먹못밖받밤벌범벽별본볼
"""
_SIGNS = "ªº°’‘“”„–—…«»¿¡€·´§²\xa0"
_WESTERN = (
    "àâæçèéêëîïôœùûüÿ",  # French
    "áéíñóúü",  # Spanish
    "áàâãçéêíóôõú",  # Portuguese
    "àçèéíïòóúü",  # Catalan
    "äöüßé",  # German
    "åäöæøéü",  # Danish, Norwegian, Swedish
    "àèéìòù",  # Italian
    "éëïöüè",  # Dutch
    "áæéíðóöúýþ",  # Icelandic
)
_TURKISH = ("çğıİöşüâîû",)
_CENTRAL = (
    "ąćęłńóśźż",  # Polish
    "áčďéěíňóřšťúůýž",  # Czech
    "áäčďéíĺľňóôŕšťúýž",  # Slovak
    "áéíóöőúüű",  # Hungarian
    "čćđšž",  # Croatian, Slovene
    "ăâîșțşţ",  # Romanian
)
_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїє"
_GREEK = "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ"
_ACCENTED = frozenset("άέήίόύώΐΰΆΈΉΊΌΎΏ")
_ARABIC = "".join(chr(code) for code in range(0x0621, 0x0653)) + "پچژگکیٹڈڑںہھےۀۂ،؛؟٠١٢٣٤٥٦٧٨٩"
_HEBREW = "".join(chr(code) for code in range(0x05D0, 0x05EB)) + "׳״־"
_THAI = "".join(chr(code) for code in (*range(0x0E01, 0x0E3B), *range(0x0E40, 0x0E4E)))
_THAI_WORD = re.compile("(?:[เแโใไ]?[ก-ฮ]ฤ?[ัิีึืุู็ํ]?[่้๊๋]?[ะาำๅ]?์?ๆ?ฯ?)+")
_FULL_WIDTH = "，。、；：？！（）《》〈〉“”‘’—…·「」『』【】〔〕％～－／　"
_LONGEST_LATIN_RUN = 2
_SOME = 6


@dataclass(frozen=True, eq=False)
class Script:
    """One encoding and what is common in the texts written in it.

    Parameters
    ----------
    encoding
        Python's name.
    label
        As people call it.
    common
        For each of its languages the most frequent characters beyond ASCII.
    fits
        Tells of a run of characters beyond ASCII, with the character before and after it, whether it can be.
    latin
        Whether it is one of those that differ in a few letters only.
    least
        How many different characters beyond ASCII a text must have to be taken for it: two or three say nothing.
    """

    encoding: str
    label: str
    common: tuple[frozenset[str], ...]
    fits: Callable[[str, str, str], bool]
    latin: bool = False
    least: int = 0

    def share(self, text: str) -> float:
        """Give the share of characters beyond ASCII that are common in one language; 0 where there are none."""
        whole = 0
        good = [0] * len(self.common)
        for found in re.finditer(r"[^\x00-\x7f]+", text):
            run = found[0]
            whole += len(run)
            before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
            if self.fits(run, before, after):
                for at, common in enumerate(self.common):
                    good[at] += sum(c in common for c in run)
        enough = len(set(re.findall(r"[^\x00-\x7f]", text))) >= self.least
        return max(good) / whole if whole and enough else 0.0


def _is_letter(c: str) -> bool:
    return c.isascii() and c.isalpha()


def _short(run: str, before: str, after: str) -> bool:
    """Latin text is ASCII with a letter here and there: beside other letters, or alone as a word."""
    alone = len(run) == 1 and before in ("", " ") and after in ("", " ")
    return len(run) <= _LONGEST_LATIN_RUN and (_is_letter(before) or _is_letter(after) or alone)


def _word(run: str, before: str, after: str) -> bool:
    """A word of an alphabet of its own: beside no Latin letter, small after the first letter, or all in capitals."""
    if _is_letter(before) or _is_letter(after) or (len(run) == 1 and not run.islower()):
        return False
    words = re.findall(r"\w+", run)
    return all(w[1:].islower() or w.isupper() or len(w) == 1 for w in words)


def _greek_word(run: str, before: str, after: str) -> bool:
    """A Greek word of several letters has one accent, unless it is in capitals."""
    if not _word(run, before, after):
        return False
    return all(len(w) < 4 or w.isupper() or sum(c in _ACCENTED for c in w) == 1 for w in re.findall(r"\w+", run))


def _only(letters: str) -> Callable[[str, str, str], bool]:
    """Tell a run of one alphabet without capitals, beside no Latin letter."""
    known = frozenset(letters + _SIGNS)
    return lambda run, before, after: not _is_letter(before) and not _is_letter(after) and known >= set(run)


def _thai_word(run: str, before: str, after: str) -> bool:
    """Thai writes vowels and tones around consonants in a fixed order."""
    return not _is_letter(before) and not _is_letter(after) and _THAI_WORD.fullmatch(run) is not None


def _apart(run: str, before: str, after: str) -> bool:
    """Characters of East Asia do not stand in the middle of a Latin word."""
    return not (_is_letter(before) and before.islower()) and not (_is_letter(after) and after.islower())


def _common(*texts: str, letters: tuple[str, str] | None = None) -> tuple[frozenset[str], ...]:
    found = {c for text in texts for c in text if not c.isspace()} | set(_FULL_WIDTH)
    if letters:
        found |= {chr(code) for code in range(ord(letters[0]), ord(letters[1]) + 1)}
    return (frozenset(found),)


def _alphabets(*letters: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(one + one.upper().replace("SS", "") + _SIGNS) for one in letters)


_HAN = _common(_CHINESE, _TRADITIONAL, "０１２３４５６７８９")
GB18030 = Script("gb18030", "GB18030", _HAN, _apart)
SCRIPTS = (
    GB18030,
    Script("big5", "Big5", _HAN, _apart),
    Script("cp932", "Shift-JIS (cp932)", _common(_JAPANESE_KANJI, "々ー・", letters=("ぁ", "ヶ")), _apart),
    Script("euc_jp", "EUC-JP", _common(_JAPANESE_KANJI, "々ー・", letters=("ぁ", "ヶ")), _apart),
    Script("cp949", "EUC-KR (cp949)", _common(_KOREAN), _apart),
    Script("cp1252", "Windows-1252 (Latin 1)", _alphabets(*_WESTERN), _short, latin=True),
    Script("cp1254", "Windows-1254 (Turkish)", _alphabets(*_TURKISH), _short, latin=True),
    Script("cp1250", "Windows-1250 (Central Europe)", _alphabets(*_CENTRAL), _short, latin=True),
    Script("iso8859-2", "ISO 8859-2 (Central Europe)", _alphabets(*_CENTRAL), _short, latin=True),
    Script("cp1251", "Windows-1251 (Cyrillic)", _alphabets(_CYRILLIC + "№"), _word),
    Script("koi8-r", "KOI8-R (Cyrillic)", _alphabets(_CYRILLIC), _word, least=_SOME),
    Script("cp1253", "Windows-1253 (Greek)", _alphabets(_GREEK), _greek_word, least=_SOME),
    Script("cp1256", "Windows-1256 (Arabic)", _alphabets(_ARABIC), _only(_ARABIC), least=_SOME),
    Script("cp1255", "Windows-1255 (Hebrew)", _alphabets(_HEBREW), _only(_HEBREW), least=_SOME),
    Script("cp874", "Windows-874 (Thai)", _alphabets(_THAI), _thai_word, least=_SOME),
)
"""The encodings that are told apart, in the order in which they are tried."""
UNICODE = Script(
    "utf-8", "UTF-8", _alphabets(*_WESTERN, *_TURKISH, *_CENTRAL, _CYRILLIC), lambda *at: _short(*at) or _word(*at)
)
"""For short texts of two-byte letters only, which may as well be a Chinese character or two in GB18030."""
MACINTOSH = Script("mac_roman", "Mac Roman", _alphabets(*_WESTERN), _short, latin=True)
