"""Settings of one installation. Everything that differs between installations comes from the environment or `.env`."""

from pathlib import Path

import environ
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.utils.translation import gettext_lazy as _

from billing.demo.public.folder import refuse_real_data
from config import unfold
from config.sqlite import sqlite_options

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
# A demo that strangers reach, started by `manage.py demo --public`: a demo, though with the settings of a production.
PUBLIC_DEMO = env.bool("KASSENWART_PUBLIC_DEMO", default=False)
DEMO = PUBLIC_DEMO or env.bool("KASSENWART_DEMO", default=False)
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "data")))
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEVELOPMENT_KEY = "only-for-a-machine-that-nobody-else-reaches-0123456789-abcdefghijkl"
SECRET_KEY = env.str("SECRET_KEY", default=DEVELOPMENT_KEY)
SECURE = env.bool("SECURE", default=SECRET_KEY != DEVELOPMENT_KEY)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000")

INSTALLED_APPS = [
    "members",
    "billing",
    "portal",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.simple_history",
    "config.apps.OfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.sites",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "django_q",
    "rest_framework",
    "simple_history",
]
SITE_ID = 1

MIDDLEWARE = [
    "members.hosts.HostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.policy.OfficePolicyMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.activity.ActivityMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "members.tenancy.OrganisationMiddleware",
    "portal.privacy.NoStoreMiddleware",
    "portal.mfa.OfficeMfaMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "members.tenancy.organisation_context",
            ],
        },
    },
]

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'kassenwart.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = sqlite_options()
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
if PUBLIC_DEMO:
    refuse_real_data(DATA_DIR, str(DATABASES["default"]["NAME"]))
    MIDDLEWARE.insert(0, "portal.public_demo.PublicDemoMiddleware")
# When it is reset (local time), and how large it may grow until then.
PUBLIC_DEMO_RESET_AT = env.str("KASSENWART_DEMO_RESET_AT", default="03:00")
PUBLIC_DEMO_BYTES = env.int("KASSENWART_DEMO_BYTES", default=500 * 1024 * 1024)
# Who answers for it; every page of the demo names it.
PUBLIC_DEMO_IMPRINT = env.str("KASSENWART_DEMO_IMPRINT", default="")
ATOMIC_REQUESTS = False

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": str(DATA_DIR / "cache")}
}

AUTH_USER_MODEL = "members.User"
AUTHENTICATION_BACKENDS = [
    "members.tenancy.OfficeBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
# Declarations of everybody: how many from one connection, and how many receipts to one address.
# Orders of newcomers: how many from one connection, and to one organisation.
ACCOUNT_RATE_LIMITS = {
    "declare": "20/h/ip", "declare_mail": "5/d/key", "join": "20/h/ip", "join_house": "200/h/key", "join_iban": "120/m/ip",
    "demo_change": "60/m/ip", "demo_upload": "30/h/ip",
}  # fmt: skip
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_ADAPTER = "portal.accounts.AccountAdapter"
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {"add_webauthn": "portal.passkeys.PasskeyForm"}
MFA_TOTP_TOLERANCE = 1  # Who types slowly, or whose phone is some seconds off, is let in (RFC 6238, 5.2).
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = (DEMO or DEBUG) and not SECURE
OFFICE_MFA_REQUIRED = env.bool("OFFICE_MFA_REQUIRED", default=SECURE and not (DEMO or DEBUG))
USERSESSIONS_TRACK_ACTIVITY = True
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"

LANGUAGE_CODE = "de"
LANGUAGES = [("de", _("German")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = "Europe/Berlin"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = (DATA_DIR.parent / "static") if PUBLIC_DEMO else (BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG or (DEMO and not PUBLIC_DEMO)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR / "files"}},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if SECURE or PUBLIC_DEMO
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
# Bank statements that something else puts there are taken over by every tick, from a folder per organisation.
STATEMENTS_FOLDER = env.str("STATEMENTS_FOLDER", default="")

# Without a mail server the demo keeps its mails in the office, where everybody can read them: never where money is real.
# The public demo sends nothing, whatever is set.
MAIL_CATCHER = PUBLIC_DEMO or ((DEMO or DEBUG) and not env.str("EMAIL_URL", default=""))
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
if MAIL_CATCHER:
    EMAIL_BACKEND = "config.catcher.CatchingBackend"
EMAIL_TIMEOUT = 30
# What the mail server takes in an hour from all organisations together; 0: no limit.
MAILS_PER_HOUR = env.int("MAILS_PER_HOUR", default=0)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="kassenwart@localhost")

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if SECURE:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    if env.bool("BEHIND_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

PORTAL_POLICY = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
    "base-uri": [NONE],
}
# Unfold's own scripts (Alpine.js) evaluate expressions; the portal stays strict.
OFFICE_POLICY = PORTAL_POLICY | {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}
CONTENT_SECURITY_POLICY = {"DIRECTIVES": PORTAL_POLICY}

# Why these figures: each waiting job counts against `retry`, and a second copy of a running job must never start.
Q_CLUSTER = {
    "name": "kassenwart",
    "orm": "default",
    "workers": 2 if DATABASES["default"]["ENGINE"].endswith("postgresql") else 1,
    "bulk": 1,
    "queue_limit": 2,
    "timeout": 900,
    "retry": 3600,
    "max_attempts": 3,
    "ack_failures": False,
    "catch_up": False,
    "poll": 1.0,
    "save_limit": 250,
    "recycle": 200,
    "guard_cycle": 0.5,
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "COERCE_DECIMAL_TO_STRING": True,
}

UNFOLD = unfold.UNFOLD
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
