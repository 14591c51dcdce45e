"""Words that carry no news: left out of the features and never shown as a reason."""

from __future__ import annotations

ENGLISH = """
a about above after again against all also although am an and any are aren't as at be because been
before being below between both but by can can't cannot could couldn't did didn't do does doesn't
doing don't down during each even ever every few for from further had hadn't has hasn't have
haven't having he he'd he'll he's her here hers herself him himself his how however i i'd i'll i'm
i've if in into is isn't it it's its itself just let's like many may me might more most much must
mustn't my myself of off on once one only or other ought our ours ourselves out over own per rather
s said same say says she she'd she'll she's should shouldn't since so some still such t than that
that's the their theirs them themselves then there there's these they they'd they'll they're
they've this those though through thus to too two under until up upon us very was wasn't we we'd
we'll we're we've were weren't what when where whether which while who whom whose why will with
within won't would wouldn't yet you your yours according told added mr mrs ms new several another
among toward towards around amid well would-be
"""
RUSSIAN = """
а без более больше будет будто бы был была были было быть в вам вас вдруг ведь весь во вот впрочем
все всегда всего всей всем всех всю вы где да даже два для до другой его ее ей ему если есть еще ж
же за здесь и из из-за или им иногда их к каждый как какая какой когда конечно кто куда ли либо
лишь лучше между меня мне много может можно мой моя мы на над надо наконец нам нас него нее ней
нем них но ну о об один однако он она они оно опять от отметил отметила перед по по-прежнему под
после потом потому почти при про раз разве с сам свой свое своей своего своих себе себя сегодня
сейчас сказал сказала сказали со совсем так также такой там тем теперь то тогда того тоже только
том тот три тут ты у уже хоть хотя чего чей чем через что чтоб чтобы чуть эта эти этим этих это
этого этой этом этот эту я году года год лет является которые который которая которого которой
которых котором которую сообщил сообщила сообщили сообщает словам заявил заявила рассказал тысяч
"""
ARMENIAN = """
այդ այլ այլեւ այն այնտեղ այնպես այնպիսի այնքան այս այստեղ այսպես այսպիսի այսօր այսքան այո անգամ ապա
առանձին առաջ արդեն բայց բացի բոլոր բոլորը գրեթե դա դեռ դեպի դու դուք եթե եղել եղած եմ են ենք ես եք
էի էին էինք էիր էիք էլ էր ըստ ընդ ընդամենը ընթացքում թե թեեւ թեպետ ի ին ինչ ինչի ինչպես ինչու ինձ
իսկ իր իրեն իրենց իրենք իրենից իրոք լինել լինի լինելու լիներ կա կամ կան կարող կարելի կը կողմից
համար հանդեպ հետ հետո հիմա իբր մասին մասնավորապես մեզ մեկ մենք մեր մի միայն մինչ մինչեւ միջեւ
միջոցով յուրաքանչյուր նա նաեւ նախ նման նշել նշեց ներկայումս նոր նույն նրա նրան նրանից նրանց նրանք
ով որ որը որի որին որից որով որոնք որոնց որպես որտեղ չնայած պետք պիտի սա սակայն սրա սրանք վերջին
վրա քան քանի քանզի քո տակ տվյալ ուր ում ուստի եւ եւս է ու կլինի հայտնել հայտնեց ասել ասաց ասում
խօսքով խոսքով ընթացքին համաձայն մէջ մէկ ալ այլեւս ասիկա անոր անոնք կ'ըսէ ըսաւ ըսած պէտք թէ մը
"""

STOP_WORDS = frozenset((ENGLISH + RUSSIAN + ARMENIAN).split())
"""Lower-case, folded as in :func:`classifiers.words.fold`."""
