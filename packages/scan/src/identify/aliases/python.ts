/** Libraries of Python: names on PyPI, products, makers, why. See ../aliases.ts for the columns. */
export const PYTHON = `
django | django | djangoproject django | the web framework
djangorestframework django-rest-framework | django-rest-framework djangorestframework | encode django-rest-framework | REST for Django
jinja2 | jinja jinja2 | pallets palletsprojects pocoo | Jinja is written jinja2 on PyPI
flask | flask | pallets palletsprojects pocoo | Flask
werkzeug | werkzeug | pallets palletsprojects pocoo | Werkzeug
markupsafe click itsdangerous | = | pallets palletsprojects | of Pallets
pillow pil | pillow | python python-pillow pillow pythonware | a fork of PIL
torch pytorch torch-bin | pytorch torch | pytorch linuxfoundation facebook meta | PyPI and nixpkgs call PyTorch torch
torchserve | torchserve serve | pytorch linuxfoundation | TorchServe
torchvision torchaudio | = | pytorch | of PyTorch
tensorflow tensorflow-bin tensorflow-cpu | tensorflow | google tensorflow | TensorFlow
keras | keras | keras keras-team tensorflow google | Keras
numpy | numpy | numpy | NumPy
scipy | scipy | scipy enthought | SciPy
pandas | pandas | numfocus pandas-dev pydata | pandas
scikit-learn | scikit-learn | scikit-learn | scikit-learn
joblib | joblib | joblib joblib-project | joblib
pyarrow | pyarrow arrow apache-arrow | apache apache-software-foundation | of Apache Arrow
onnx onnxruntime | = | linuxfoundation onnx microsoft | ONNX
transformers | transformers huggingface-transformers | huggingface | Hugging Face's
gradio | gradio | gradio-project gradio-app | Gradio
mlflow | mlflow | lfprojects mlflow databricks | MLflow
langchain langchain-core langchain-community langchain-experimental | = | langchain langchain-ai | LangChain
llama-index | llama-index llamaindex | llamaindex run-llama | LlamaIndex
nltk | nltk | nltk | NLTK
opencv4 opencv-python | opencv opencv-python | opencv | OpenCV
requests | requests | python psf python-requests kennethreitz | Requests
urllib3 | urllib3 | python urllib3 | urllib3
certifi | certifi python-certifi | certifi kennethreitz | certifi
idna | idna internationalized-domain-names-in-applications | kjd internationalized-domain-names-in-applications-project | idna
charset-normalizer chardet | = | ousret chardet | character sets
httpx httpcore starlette uvicorn | = | encode encode-oss | of Encode
fastapi | fastapi | tiangolo fastapi | FastAPI
aiohttp | aiohttp | aiohttp aio-libs aiohttp-project | aiohttp
tornado | tornado | tornadoweb | Tornado
twisted | twisted | twisted twistedmatrix | Twisted
gunicorn | gunicorn | gunicorn benoitc | Gunicorn
waitress | waitress | agendaless pylons | Waitress
webob pyramid | = | pylons pylonsproject | of Pylons
bottle | bottle | bottlepy | Bottle
cherrypy | cherrypy | cherrypy | CherryPy
sanic | sanic | sanic-project sanic-org | Sanic
eventlet gevent | = | eventlet gevent | greenlets
celery kombu | = | celeryproject celery | Celery and its like
redis | redis-py | redis redislabs | the client, not the server
sqlalchemy mako alembic | = | sqlalchemy sqlalchemy-project makotemplates | of SQLAlchemy
psycopg2 | psycopg2 psycopg | psycopg | Psycopg
pymongo motor | pymongo python-driver | mongodb | MongoDB's driver
pymysql | pymysql | pymysql | PyMySQL
mysql-connector mysql-connector-python | connector-python mysql-connector-python | oracle | Oracle's driver
cryptography pyopenssl pynacl bcrypt | = | pyca cryptography cryptography-io cryptography-project pyopenssl-project | of the Python Cryptographic Authority
pycryptodome pycryptodomex pycrypto | = | pycryptodome dlitz legrandin | PyCryptodome
rsa | rsa python-rsa | python-rsa-project sybrenstuvel | Python-RSA
ecdsa | ecdsa python-ecdsa | python-ecdsa-project tlsfuzzer | python-ecdsa
pyjwt | pyjwt | pyjwt-project jpadilla | PyJWT
python-jose jose | python-jose | python-jose-project mpdavis | python-jose
jwcrypto | jwcrypto | latchset jwcrypto redhat | JWCrypto
authlib oauthlib | = | authlib lepture oauthlib oauthlib-project | OAuth
paramiko | paramiko | paramiko | Paramiko
asyncssh | asyncssh | asyncssh-project ronf | AsyncSSH
m2crypto | m2crypto | m2crypto-project heikkitoivonen | M2Crypto
python-ldap ldap | python-ldap | python-ldap | python-ldap
pysaml2 | pysaml2 | pysaml2-project identitypython | PySAML2
lxml | lxml | lxml | lxml
html5lib bleach | = | html5lib mozilla | HTML
beautifulsoup4 | beautifulsoup beautifulsoup4 | crummy | Beautiful Soup
feedparser | feedparser | mark-pilgrim | feedparser
pyyaml | pyyaml | pyyaml yaml | PyYAML
ruamel-yaml | ruamel-yaml | ruamel-yaml-project | ruamel.yaml
ujson | ultrajson ujson | ultrajson-project ultrajson | UltraJSON
orjson | orjson | ijl | orjson
markdown markdown2 mistune | = | python-markdown trentm mistune-project lepture | Markdown in Python; others are called so too
pygments | pygments | pygments | Pygments
docutils sphinx | = | docutils sphinx-doc | Sphinx
reportlab | reportlab | reportlab | ReportLab
pypdf pypdf2 pdfminer pdfminer-six | = | pypdf-project py-pdf pypdf2-project pdfminer | PDF
openpyxl | openpyxl | python | openpyxl
setuptools pip wheel virtualenv pipenv build twine | = | python pypa | of the Python Packaging Authority
poetry poetry-core | poetry | python-poetry | Poetry
black | black | python psf python-software-foundation | the formatter
tqdm | tqdm | tqdm tqdm-project | tqdm
babel | babel | pocoo python-babel | Babel of Python; that of JavaScript compiles
jupyter-server jupyter-core jupyterlab notebook nbconvert ipython jupyterhub ipykernel jupyter-client | = | jupyter jupyterlab ipython jupyter-server jupyterhub | of Jupyter
streamlit dash plotly bokeh | = | streamlit snowflake plotly bokeh | pages from Python
ray dask distributed | = | anyscale ray-project dask | computing in many places
scrapy | scrapy | scrapy | Scrapy
httplib2 | httplib2 | httplib2-project httplib2 | httplib2
gitpython | gitpython | gitpython-project gitpython-developers | GitPython
ansible-core ansible | ansible ansible-core | redhat | Ansible
salt | salt | saltstack vmware | SaltStack
protobuf | protobuf protobuf-python protocol-buffers | google protocolbuffers | Protocol Buffers
grpcio grpcio-tools | grpc grpcio | google grpc | gRPC
sqlparse | sqlparse | sqlparse-project andialbrecht | sqlparse
pyspark | spark apache-spark | apache apache-software-foundation | Apache Spark
apache-airflow | airflow apache-airflow | apache apache-software-foundation | Apache Airflow
zope plone restrictedpython accesscontrol | = | zope plone zopefoundation | Zope and Plone
wagtail | wagtail | torchbox wagtail | Wagtail
flask-cors flask-caching flask-security flask-appbuilder | = | corydolphin flask-cors-project flask-caching dpgaspar flask-security-project | of Flask
django-allauth django-filter django-debug-toolbar django-celery-results | = | allauth django-filter jazzband | of Django
cvxopt numexpr networkx | = | cvxopt-project pydata networkx | numbers and graphs
psutil | psutil | psutil-project giampaolo | psutil
virtualenv | virtualenv | virtualenv pypa | virtualenv
configobj | configobj | configobj-project diffsky | ConfigObj
mercurial | mercurial | mercurial | Mercurial
pyload-ng | pyload pyload-ng | pyload pyload-ng-project | pyLoad
octoprint | octoprint | octoprint | OctoPrint
lektor | lektor | lektor getlektor | Lektor
httpie | httpie | httpie | HTTPie
esphome | esphome | esphome | ESPHome
sentry-sdk | sentry-python sentry-sdk | getsentry sentry functional-software | Sentry's client
azure-identity | azure-identity-library-for-python azure-identity azure-identity-sdk identity-library-for-python | microsoft azure | Azure Identity
azure-core azure-storage-blob azure-cli-core msal uamqp | = | microsoft azure | of Azure
snowflake-connector-python | snowflake-connector-python snowflake-connector | snowflakedb snowflake | Snowflake's driver
sagemaker | sagemaker-python-sdk sagemaker | aws amazon | SageMaker
dtale | d-tale dtale | man-group man | D-Tale
rdiffweb minarca-server | = | ikus060 ikus-soft rdiffweb | of IKUS
strawberry-graphql | strawberry strawberry-graphql | strawberry strawberry-graphql | Strawberry
jupyter-lsp jupyterlab-lsp | jupyter-lsp jupyterlab-lsp | jupyter-lsp jupyter | one repository
jupyter-server-proxy nbclassic jupyter-scheduler voila nbviewer | = | jupyter jupyter-lsp jupyterlab jupyter-server jupyterhub voila-dashboards voila | Jupyter
pytorch-lightning lightning | pytorch-lightning lightning | lightning-ai lightningai pytorchlightning pytorch-lightning | Lightning
llama-cpp-python | llama-cpp-python | abetlen | llama.cpp's binding
vllm litellm chainlit bentoml zenml kedro aim dvc | = | vllm vllm-project berriai litellm chainlit bentoml zenml zenmlio linuxfoundation aimhubio aimstack iterative | machine learning
haystack-ai farm-haystack | haystack haystack-ai | deepset deepset-ai | Haystack
h2 hpack hyperframe h11 wsproto | = | python-hyper | of Hyper
aiosmtpd | aiosmtpd | aio-libs aiosmtpd-project | aiosmtpd
yarl multidict aioredis aiomysql | = | aio-libs aio-libs-project | of aio-libs
xhtml2pdf weasyprint cairosvg | = | xhtml2pdf xhtml2pdf-project kozea courtbouillon | of documents
impacket | impacket | secureauth fortra coresecurity | Impacket
pymatgen | pymatgen | materialsproject materialsvirtuallab pymatgen | pymatgen
vyper | vyper | vyperlang vyper-project | Vyper
cbor2 | cbor2 | agronholm cbor2-project | cbor2
datasette | datasette | datasette simonw | Datasette
nautobot netbox | = | networktocode nautobot netbox-community | of networks
mobsf | mobile-security-framework-mobsf mobile-security-framework mobsf | mobsf opensecurity | MobSF
nicegui taipy solara | = | zauberzeug avaiga widgetti | pages
starlite litestar | = | litestar-org starliteproject litestar | Litestar
apache-superset | superset apache-superset | apache apache-software-foundation | Superset
python-multipart | python-multipart | kludex fastapiexpert andrew-d | python-multipart
python-dotenv | python-dotenv | theskumar saurabh-kumar | python-dotenv
python-gnupg | python-gnupg | python-gnupg-project vsajip python | python-gnupg
fonttools | fonttools | fonttools | fontTools
oslo-middleware oslo-utils keystonemiddleware glance-store nova cinder glance neutron keystone swift ironic | = | openstack redhat | OpenStack
social-auth-app-django | social-app-django social-auth-app-django | python-social-auth | Python Social Auth
mitmproxy pdoc | = | mitmproxy pdoc | of mitmproxy
label-studio | label-studio | humansignal heartex label-studio | Label Studio
certbot mailman buildbot mopidy yt-dlp semgrep deluge radicale weblate pretix pretalx opencanary glances searx searxng trytond borgbackup duplicity codechecker changedetection-io sqlmap calibre-web | = | eff certbot gnu list buildbot mopidy yt-dlp semgrep returntocorp deluge-torrent kozea radicale weblate weblateorg pretix rami thinkst nicolargo searx searxng tryton borgbackup duplicity-project ericsson dgtlmoon webtechnologies sqlmap sqlmapproject janeczku calibre-web-project | programs that nixpkgs may pack as libraries
`
