"""Models of scikit-learn, XGBoost and LightGBM, as their converters write them."""
import numpy as np
import pandas as pd
import sklearn
import skl2onnx
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType, StringTensorType
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (GradientBoostingClassifier, HistGradientBoostingClassifier, IsolationForest,
                              RandomForestClassifier)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from kit import columns, kind, patients, pump, save

BY = f'scikit-learn {sklearn.__version__}, skl2onnx {skl2onnx.__version__}'
OPSETS = {'': 15, 'ai.onnx.ml': 3}
WORDS = np.array(['healthy', 'worn', 'failing'])
table, full, fails, wear = pump()
state = np.digitize(wear, [0, 1.5])
NAMES = list(table.columns)


def learned(name, model, truth, what, zipmap=True, x=full, reference=None, types=None, dtype='float32', tensor='X', mend=None, by=BY):
    model = model.fit(x) if truth is None else model.fit(x, truth)
    options = None if zipmap is True else {id(model): {'zipmap': zipmap}}
    graph = convert_sklearn(model, initial_types=types or [(tensor, FloatTensorType([None, 5]))], options=options, target_opset=OPSETS)
    if mend:
        mend(graph)
    shown = table if reference is None else reference
    label = {} if truth is None or np.ndim(truth) > 1 else {'label': truth}
    save(name, graph, shown.assign(**label), [columns(graph.graph.input[0].name, shown.columns, dtype)], what, by, new={'label': 'label'} if label else {})


@kind('logistic-zipmap')
def logistic(name):
    learned(name, LogisticRegression(max_iter=900), fails, 'LogisticRegression, ZipMap, classes 0 and 1')


@kind('forest-words-zipmap')
def forest(name):
    learned(name, RandomForestClassifier(8, max_depth=5, random_state=0), WORDS[state], 'RandomForestClassifier, ZipMap, classes as words')


@kind('boosting-tensors')
def boosting(name):
    learned(name, GradientBoostingClassifier(n_estimators=12, random_state=0), state, 'GradientBoostingClassifier, zipmap=False', zipmap=False)


@kind('histogram-boosting-missing')
def histogram(name):
    holes, *_ = pump(holes=.08)
    learned(name, HistGradientBoostingClassifier(max_iter=12, min_samples_leaf=8, random_state=0), fails, 'HistGradientBoostingClassifier, ZipMap, empty cells',
            x=holes.to_numpy(np.float32), reference=holes)


@kind('svc-columns')
def svc(name):
    learned(name, make_pipeline(StandardScaler(), SVC(probability=True, random_state=0)), WORDS[state],
            "StandardScaler and SVC, zipmap='columns': one output a class", zipmap='columns')


@kind('neighbours-zipmap')
def neighbours(name):
    learned(name, KNeighborsClassifier(3), fails, 'KNeighborsClassifier, ZipMap')


@kind('isolation-forest')
def isolation(name):
    learned(name, IsolationForest(n_estimators=10, max_samples=32, random_state=0), None, 'IsolationForest: label −1 or 1, and a score')


@kind('k-means')
def k_means(name):
    learned(name, KMeans(3, n_init=3, random_state=0), None, 'KMeans: the nearest cluster, and all distances')


@kind('linear-double-targets')
def linear(name):
    learned(name, LinearRegression(), np.c_[wear, -wear], 'LinearRegression in double, two targets', x=table.to_numpy(), dtype='float64',
            types=[('X', DoubleTensorType([None, 5]))])


@kind('logistic-double-zipmap')
def logistic_double(name):
    learned(name, LogisticRegression(max_iter=900), fails, 'LogisticRegression in double, ZipMap: onnxruntime itself refuses a ZipMap of doubles',
            x=table.to_numpy(), dtype='float64', types=[('X', DoubleTensorType([None, 5]))])


@kind('perceptron-two-labels')
def perceptron(name):
    learned(name, make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=400, random_state=0)), np.c_[fails, wear > 0].astype(int),
            'StandardScaler and MLPClassifier, two labels at once', zipmap=False)


@kind('whole-numbers')
def whole(name):
    rounded = table.round().astype(int)
    learned(name, LogisticRegression(max_iter=900), state, 'LogisticRegression on int64, ZipMap', x=rounded.to_numpy(), reference=rounded, dtype='int64',
            types=[('X', Int64TensorType([None, 5]))])


@kind('odd-names')
def odd_names(name):
    def rename(graph):
        for old, new in ((graph.graph.input[0].name, 'вход: «датчики»/传感器 "A"'), (graph.graph.output[0].name, 'вывод: метка')):
            for value in [*graph.graph.input, *graph.graph.output]:
                value.name = new if value.name == old else value.name
            for node in graph.graph.node:
                for names in (node.input, node.output):
                    names[:] = [new if n == old else n for n in names]
    odd = table.set_axis(['давление (бар)', '温度', 'flow "A"/h', 'x:y', "it's, ok"], axis=1)
    learned(name, LogisticRegression(max_iter=900), WORDS[state], 'names in Cyrillic and Chinese, with quotes, slash, colon and comma', reference=odd,
            mend=rename, by=f'{BY}, names changed afterwards')


@kind('columns-of-words')
def mixed(name):
    people, disease = patients()
    turn = ColumnTransformer([('words', OneHotEncoder(handle_unknown='ignore'), ['sex', 'chest pain']), ('scaled', StandardScaler(), ['age', 'cholesterol'])],
                             remainder='passthrough')
    model = make_pipeline(turn, LogisticRegression(max_iter=900)).fit(people, np.where(disease, 'disease', 'none'))
    types = {'sex': StringTensorType, 'chest pain': StringTensorType, 'age': Int64TensorType, 'cholesterol': FloatTensorType, 'smoker': Int64TensorType}
    graph = convert_sklearn(model, initial_types=[(c, t([None, 1])) for c, t in types.items()], target_opset=OPSETS)
    dtypes = ['string', 'string', 'int64', 'float32', 'int64']
    feed = [columns(i.name, [c], d) for i, c, d in zip(graph.graph.input, types, dtypes)]  # skl2onnx writes chest_pain for "chest pain"
    save(name, graph, people.assign(diagnosis=disease), feed, 'ColumnTransformer, OneHotEncoder on words and LogisticRegression: five inputs, ZipMap', BY,
         new={'label': 'diagnosis'})


@kind('text-tfidf')
def text(name):
    r = np.random.default_rng(3)
    words = ['bearing', 'noise', 'leak', 'oil', 'pump', 'stopped', 'smooth', 'running', 'quiet', 'normal']
    notes = [' '.join(r.choice(words, r.integers(3, 9))) for _ in range(70)]
    fault = ['fault' if 'leak' in n or 'noise' in n else 'fine' for n in notes]
    graph = convert_sklearn(make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(notes, fault), initial_types=[('note', StringTensorType([None, 1]))],
                            target_opset=OPSETS)
    for node in (n for n in graph.graph.node if n.op_type == 'StringNormalizer'):  # its default, en_US, is not on every machine
        node.attribute.add(name='locale', s=b'C', type=3)
    save(name, graph, pd.DataFrame({'note': notes, 'label': fault}), [columns('note', ['note'], 'string')], 'TfidfVectorizer and LogisticRegression on text, ZipMap',
         f'{BY}, the locale C added afterwards', new={'label': 'label'})


def boosted(name, model, truth, what, convert, types, by, tensor='input'):
    holes, *_ = pump(holes=.06)
    graph = convert(model.fit(full, truth), initial_types=[(tensor, types([None, 5]))], target_opset=15)
    save(name, graph, holes.assign(label=truth), [columns(tensor, NAMES)], what, by, new={'label': 'label'})


@kind('xgboost-classifier')
def xgboost_classifier(name):
    import onnxmltools, xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType as Float
    boosted(name, xgboost.XGBClassifier(n_estimators=8, max_depth=3), state, 'XGBClassifier, three classes, empty cells', onnxmltools.convert_xgboost, Float,
            f'XGBoost {xgboost.__version__}, onnxmltools {onnxmltools.__version__}')


@kind('xgboost-regressor')
def xgboost_regressor(name):
    import onnxmltools, xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType as Float
    boosted(name, xgboost.XGBRegressor(n_estimators=8, max_depth=3), wear, 'XGBRegressor, empty cells', onnxmltools.convert_xgboost, Float,
            f'XGBoost {xgboost.__version__}, onnxmltools {onnxmltools.__version__}')


@kind('lightgbm-zipmap')
def lightgbm_classifier(name):
    import lightgbm, onnxmltools
    from onnxmltools.convert.common.data_types import FloatTensorType as Float
    boosted(name, lightgbm.LGBMClassifier(n_estimators=10, min_child_samples=8, num_threads=1, verbose=-1), fails, 'LGBMClassifier, ZipMap, empty cells',
            onnxmltools.convert_lightgbm, Float, f'LightGBM {lightgbm.__version__}, onnxmltools {onnxmltools.__version__}')


@kind('lightgbm-regressor')
def lightgbm_regressor(name):
    import lightgbm, onnxmltools
    from onnxmltools.convert.common.data_types import FloatTensorType as Float
    boosted(name, lightgbm.LGBMRegressor(n_estimators=10, min_child_samples=8, num_threads=1, verbose=-1), wear, 'LGBMRegressor, empty cells',
            onnxmltools.convert_lightgbm, Float, f'LightGBM {lightgbm.__version__}, onnxmltools {onnxmltools.__version__}')
