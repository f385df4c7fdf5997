//! Words that stand for a topic, in both languages, folded as the features fold them. A word decides nothing: how much
//! each topic counts is learned, and words with two meanings (python, shell, class) count beside everything else.

use std::{collections::HashMap, sync::LazyLock};

/// What a word may be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    /// Programming languages, tools and libraries.
    Technology,
    /// The parts of programs, and what one does to them.
    Program,
    /// Argument and decision.
    Argument,
    /// Numbers and quantities.
    Quantity,
    /// Kitchen, pets, travel, language: everyday life.
    Everyday,
}

impl Topic {
    pub(super) const ALL: [Self; 5] =
        [Self::Technology, Self::Program, Self::Argument, Self::Quantity, Self::Everyday];

    /// The name of its feature.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Technology => "technology",
            Self::Program => "program",
            Self::Argument => "argument",
            Self::Quantity => "quantity",
            Self::Everyday => "everyday",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Technology => TECHNOLOGY,
            Self::Program => PROGRAM,
            Self::Argument => ARGUMENT,
            Self::Quantity => QUANTITY,
            Self::Everyday => EVERYDAY,
        }
    }
}

/// Every word with the topics it belongs to, in the order of [`Topic::ALL`].
static WORDS: LazyLock<HashMap<&str, [bool; 5]>> = LazyLock::new(|| {
    let mut words: HashMap<&str, [bool; 5]> = HashMap::new();
    for (index, topic) in Topic::ALL.into_iter().enumerate() {
        for word in topic.words().split_ascii_whitespace() {
            words.entry(word).or_default()[index] = true;
        }
    }
    words
});

/// How many of `words` belong to each topic, in the order of [`Topic::ALL`].
pub(super) fn count(words: &[&str]) -> [usize; 5] {
    let mut counts = [0; 5];
    for topics in words.iter().filter_map(|word| WORDS.get(word)) {
        for (count, belongs) in counts.iter_mut().zip(topics) {
            *count += usize::from(*belongs);
        }
    }
    counts
}

/// Whether a name that ends in `.ending` is a source, script or configuration file.
pub(super) fn is_file_ending(ending: &str) -> bool {
    FILE_ENDINGS.split_ascii_whitespace().any(|known| known == ending)
}

const FILE_ENDINGS: &str = "py rs js jsx ts tsx java kt go c h cpp cs rb php sh sql css scss html vue svelte json \
    yaml yml toml xml ini env lock csv md ipynb gradle tf swift dart";

const TECHNOLOGY: &str = "python rust javascript typescript java kotlin swift golang php ruby scala haskell elixir \
    perl bash zsh powershell sql postgres postgresql mysql sqlite mongodb redis kafka rabbitmq docker kubernetes k8s \
    terraform ansible nginx apache linux ubuntu debian git github gitlab npm yarn pnpm pip cargo maven gradle webpack \
    vite react vue angular svelte nextjs node nodejs express django flask fastapi spring rails laravel pandas numpy \
    matplotlib pytorch tensorflow sklearn jest pytest junit cypress playwright selenium html css scss sass tailwind \
    bootstrap jquery axios fetch graphql grpc rest websocket oauth jwt cors http https json yaml xml csv regex vim \
    emacs vscode eslint prettier android ios xcode flutter tkinter qt unity excel vba numba asyncio tokio serde axum \
    systemd cron ssh curl wget grep sed awk makefile dockerfile postman prisma sqlalchemy hibernate pydantic zod redux \
    lambda aws azure gcp s3 ec2 heroku vercel uuid chrome firefox safari useeffect usestate setstate localstorage \
    flexbox navbar webhook";

const PROGRAM: &str = "code codigo function funcao method metodo class classe variable variavel array arrays vetor \
    string strings loop laco recursive recursiva recursao pointer ponteiro struct enum trait interface compile \
    compila compilar compiler compilador bug debug debugar refactor refatore refatorar script endpoint api backend \
    frontend front database banco query consulta select join insert update delete tabela table column coluna index \
    indice schema migration migracao commit branch merge push pull rebase repo repositorio repository build deploy \
    pipeline ci container conteiner server servidor log logs stack trace traceback exception excecao error erro crash \
    crashes trava segfault null none undefined indefinido nan return returns devolve import module modulo package \
    pacote library biblioteca dependency dependencia framework thread async await promise promises callback hook \
    component componente props state render renders parser parse json object objeto dictionary dicionario dict map \
    filter list lista tuple hash test tests teste testes mock unit terminal command comando port porta localhost \
    deployments parameter parametro argument type types tipos decorator decorador docstring closure closures boolean \
    integer float decimal byte bytes algorithm algoritmo complexity complexidade sort ordenacao regex regular \
    expression expressao cache queue fila stack pilha tree node scroll button botao dropdown modal menu app page \
    pagina pagination paginacao route rota request requests response webpage site website login form formulario";

const ARGUMENT: &str = "prove prova demonstre demonstrar mostre show justify justifique why derive deduza argue \
    argument argumento argumente arguments argumentos weigh pondere pese evaluate avalie avaliar assess analyse \
    analyze analise analisar analysis compare comparar pros cons vantagens desvantagens trade tradeoff tradeoffs \
    offs strategy estrategia plan plano planeje planejar decide decidir decision decisao should devo devemos vale \
    compensa worth risk risks risco riscos cause causes causa causas consequences consequencias implications impacts \
    impactos effects efeitos evidence evidencias hypothesis hypotheses hipotese hipoteses explain explique reason \
    reasons motivos raciocine raciocinio step steps etapas logic logica contradict contradizem assumption assumptions \
    pressupostos criteria criterios recommend recomende forecast projete estimate estime critically criticamente \
    flaw theory teoria interpret interprete experiment experimento optimal melhor options alternativas budget \
    negotiate negociar negotiation allocate distribuir divide dividir prioritize prioridades position posicao \
    convincing convence thesis tese induction inducao conclude conclui follows invest investir refinance financiar";

const QUANTITY: &str = "how many much quanto quantos quantas quanta probability probabilidade chance odds average \
    media expected twice double triple dobro triplo half metade third terco percent porcento total sum soma product \
    difference remainder resto divided dividido times integral limit limite converge converges serie series equation \
    equacao sistema system solve resolva calculate calcule compute speed velocidade distance distancia km hours horas \
    minutes minutos years anos months meses days dias price preco cost custo costs salary salario rate juros interest \
    tax imposto loan divida mortgage financiamento profit lucro revenue faturamento area volume perimeter perimetro \
    triangle triangulo angle angulos dice dado dados coin moeda moedas integer integers inteiros primes primos prime \
    number numero numeros older younger idade age";

const EVERYDAY: &str = "translate traduza traduz recipe receita cook cozinhar bake cake bolo dinner jantar lunch \
    almoco breakfast cafe egg ovo rice arroz bread pao cat gato dog cachorro bird snake cobra turtle tartaruga pet \
    movie filme book livro song musica poem poema haiku story historia joke piada birthday aniversario wedding \
    casamento party festa mother mae father pai grandmother avo friend amigo sister irma brother irmao baby bebe \
    teacher professor capital country pais city cidade river rio mountain island ilha ocean mar weather clima season \
    trip viagem visit visitar hotel beach praia museum flower planta tree arvore color cor cores word palavra \
    synonym sinonimo opposite contrario plural meaning significa mean means spell escreve sentence frase paragraph \
    texto email mail letter carta message mensagem note recado caption legenda slogan name nome names nomes invented \
    inventado painted pintou wrote born president presidente won ganhou cup copa hi hello oi ola thanks thank \
    obrigado obrigada valeu please sad triste bored happy feliz clean limpar stain mancha wash wear roupa headache \
    cold sick fruit fruta vegetable tea cha coffee wine vinho beer";
