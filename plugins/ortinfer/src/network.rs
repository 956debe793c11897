// SPDX-License-Identifier: MIT OR Apache-2.0
//! A network in ONNX Runtime: loaded, checked, run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ort::ep::{self, ExecutionProvider, ExecutionProviderDispatch};
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::{TensorElementType, TensorRef, ValueType};

use crate::config::Config;
use crate::runtime::Runtime;

/// Who does the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Provider {
    /// The first that the library has and that starts: TensorRT, CUDA, CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// An NVIDIA GPU through CUDA.
    Cuda,
    /// An NVIDIA GPU through TensorRT; the engine is kept beside the model.
    TensorRt,
}

/// Why a network cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// There is no such file.
    #[error("{}: {cause}; onnx-file in {} must name an ONNX model, relative to that file", model.display(), config.display())]
    Missing {
        /// The model.
        model: PathBuf,
        /// The configuration that names it.
        config: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is no network that ONNX Runtime can run.
    #[error("{}: ONNX Runtime cannot load it: {cause}; is it an ONNX model, and complete?", model.display())]
    Unloadable {
        /// The model.
        model: PathBuf,
        /// What ONNX Runtime said.
        cause: String,
    },
    /// The provider does not work here.
    #[error(
        "provider {provider:?} does not start: {cause}; use provider=cpu, or an ONNX Runtime with GPU support"
    )]
    Provider {
        /// The provider that was asked for.
        provider: Provider,
        /// What ONNX Runtime said.
        cause: String,
    },
    /// The network is not of the kind that the configuration says.
    #[error("{}: {problem}", model.display())]
    Unfit {
        /// The model.
        model: PathBuf,
        /// What does not fit and what to do.
        problem: String,
    },
}

/// A run failed.
#[derive(Debug, thiserror::Error)]
#[error("ONNX Runtime: {0}")]
pub struct RunError(String);

impl From<ort::Error> for RunError {
    fn from(cause: ort::Error) -> Self {
        Self(cause.to_string())
    }
}

/// One output of one run.
#[derive(Debug, Clone, Copy)]
pub struct Output<'a> {
    /// Size of each dimension, the batch first.
    pub shape: &'a [i64],
    /// The values, row-major.
    pub values: &'a [f32],
}

/// How an output looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputForm {
    /// Its name.
    pub name: Arc<str>,
    /// Its size in each dimension, without the batch.
    pub shape: Vec<usize>,
}

impl OutputForm {
    /// Channels, rows and columns: the last three dimensions, 1 where there are fewer.
    #[must_use]
    pub fn chw(&self) -> [usize; 3] {
        let mut chw = [1; 3];
        match self.shape.as_slice() {
            // One number per class: the channels.
            [channels] => chw[0] = *channels,
            shape => {
                let shape = &shape[shape.len().saturating_sub(3)..];
                chw[3 - shape.len()..].copy_from_slice(shape);
            }
        }
        chw
    }

    /// Number of values of one picture.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has no values at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A network that is ready to run.
#[derive(Debug)]
pub struct Network {
    session: Session,
    /// The provider that does the work.
    pub provider: Provider,
    /// What `Provider::Auto` tried before, and why it did not start.
    pub fallbacks: Vec<String>,
    /// Most pictures of one run.
    pub batch: usize,
    /// Whether every run takes exactly `batch` pictures.
    pub batch_is_fixed: bool,
    /// Channels, height and width of the input.
    pub input: [usize; 3],
    /// The outputs, in the network's order.
    pub outputs: Vec<OutputForm>,
}

impl Network {
    /// Loads the network of `config` and runs it once on black pictures, which shows its outputs.
    ///
    /// `threads` is the number of threads of one run on the CPU, 0 for one per core, bound to none; `batch` the number of pictures that
    /// the user wants per run. A network with a fixed batch keeps its own.
    ///
    /// # Errors
    /// When the model is missing, is no model, does not run, or does not take one picture of the configured channels.
    pub fn load(
        runtime: &Runtime,
        config: &Config,
        provider: Provider,
        threads: usize,
        batch: usize,
    ) -> Result<Self, NetworkError> {
        if let Err(cause) = std::fs::File::open(&config.model) {
            return Err(NetworkError::Missing {
                model: config.model.clone(),
                config: config.file.clone(),
                cause,
            });
        }
        let (session, provider, fallbacks) = session(runtime, config, provider, threads)?;
        let unfit = |problem| NetworkError::Unfit {
            model: config.model.clone(),
            problem,
        };
        let (fixed, input) = input_form(&session, config).map_err(unfit)?;
        let mut network = Self {
            session,
            provider,
            fallbacks,
            batch: fixed.unwrap_or(batch),
            batch_is_fixed: fixed.is_some(),
            input,
            outputs: Vec::new(),
        };
        network.outputs = network
            .probe()
            .map_err(|cause| unfit(format!("it does not run on a black picture: {cause}")))?;
        Ok(network)
    }

    /// Number of values of one picture's input.
    #[must_use]
    pub fn input_len(&self) -> usize {
        self.input.iter().product()
    }

    /// Runs on `pictures` pictures and hands the outputs to `read`, in the order of [`Self::outputs`].
    ///
    /// `input` holds at least the pictures' values; with a fixed batch it holds the whole batch.
    ///
    /// # Errors
    /// When ONNX Runtime fails or puts out something else than 32-bit floats.
    pub fn run<T>(
        &mut self,
        input: &[f32],
        pictures: usize,
        read: impl FnOnce(&[Output<'_>]) -> T,
    ) -> Result<T, RunError> {
        let count = if self.batch_is_fixed {
            self.batch
        } else {
            pictures
        };
        let [channels, height, width] = self.input;
        let values = &input[..count * self.input_len()];
        let tensor = TensorRef::from_array_view(([count, channels, height, width], values))?;
        let found = self.session.run(ort::inputs![tensor])?;
        let outputs = (0..found.len())
            .map(|index| {
                let (shape, values) = found[index].try_extract_tensor::<f32>()?;
                Ok(Output { shape, values })
            })
            .collect::<Result<Vec<_>, ort::Error>>()?;
        Ok(read(&outputs))
    }

    /// Runs the network on black pictures to learn the shapes of its outputs.
    fn probe(&mut self) -> Result<Vec<OutputForm>, RunError> {
        let names: Vec<Arc<str>> = self
            .session
            .outputs()
            .iter()
            .map(|output| output.name().into())
            .collect();
        let pictures = if self.batch_is_fixed { self.batch } else { 1 };
        let black = vec![0.0; pictures * self.input_len()];
        let shapes = self.run(&black, pictures, |outputs| {
            outputs
                .iter()
                .map(|output| output.shape.to_vec())
                .collect::<Vec<_>>()
        })?;
        names
            .into_iter()
            .zip(shapes)
            .map(|(name, shape)| match shape.split_first() {
                Some((&first, rest)) if first == pictures as i64 => Ok(OutputForm {
                    name,
                    shape: rest.iter().map(|n| *n as usize).collect(),
                }),
                _ => Err(RunError(format!(
                    "output {name} has shape {shape:?} for a batch of {pictures}; the first dimension must be the batch"
                ))),
            })
            .collect()
    }
}

/// Batch (if fixed) and channels, height, width of the only input, or what is wrong with it.
fn input_form(session: &Session, config: &Config) -> Result<(Option<usize>, [usize; 3]), String> {
    let [input] = session.inputs() else {
        let names: Vec<_> = session
            .inputs()
            .iter()
            .map(ort::value::Outlet::name)
            .collect();
        return Err(format!(
            "it has {} inputs ({}); only networks with one input can be fed",
            names.len(),
            names.join(", ")
        ));
    };
    let ValueType::Tensor { ty, shape, .. } = input.dtype() else {
        return Err(format!("its input {} is no tensor", input.name()));
    };
    if *ty != TensorElementType::Float32 {
        return Err(format!(
            "its input {} is {ty}; export it with 32-bit floats",
            input.name()
        ));
    }
    let [batch, chw @ ..] = &shape[..] else {
        return Err(format!("its input {} has no dimensions", input.name()));
    };
    let channels = config.order.channels();
    let known: Vec<Option<usize>> = chw.iter().map(|n| usize::try_from(*n).ok()).collect();
    let given = config.infer_dims.map_or([None; 3], |dims| dims.map(Some));
    let mut form = [0; 3];
    if known.len() != 3 {
        return Err(format!(
            "its input {} has shape {shape}; a batch of pictures has 4 dimensions: N, {channels}, height, width",
            input.name()
        ));
    }
    for (index, (known, given)) in known.into_iter().zip(given).enumerate() {
        form[index] = match (known, given) {
            (Some(known), Some(given)) if known != given => {
                return Err(format!(
                    "infer-dims says {:?}, the input {} has shape {shape}",
                    config.infer_dims.unwrap_or_default(),
                    input.name()
                ));
            }
            (Some(size), _) | (None, Some(size)) => size,
            (None, None) if index == 0 => channels,
            (None, None) => {
                return Err(format!(
                    "its input {} has shape {shape}: the size is open; set infer-dims=channels;height;width",
                    input.name()
                ));
            }
        };
    }
    if form[0] != channels || form.contains(&0) {
        return Err(format!(
            "its input {} has shape {shape}; model-color-format={} feeds N, {channels}, height, width",
            input.name(),
            config.order as u8
        ));
    }
    Ok((usize::try_from(*batch).ok().filter(|n| *n > 0), form))
}

/// Opens the model with `provider`, or with the best that starts; also says which it is and what did not start.
fn session(
    runtime: &Runtime,
    config: &Config,
    provider: Provider,
    threads: usize,
) -> Result<(Session, Provider, Vec<String>), NetworkError> {
    let open = |provider| {
        open(
            runtime,
            &config.model,
            provider_of(provider, config),
            threads,
        )
    };
    let mut fallbacks = Vec::new();
    if provider == Provider::Auto {
        for gpu in [Provider::TensorRt, Provider::Cuda] {
            if !is_available(gpu) {
                continue;
            }
            match open(gpu) {
                Ok(session) => return Ok((session, gpu, fallbacks)),
                Err(cause) => fallbacks.push(format!("provider {gpu:?} does not start: {cause}")),
            }
        }
    }
    let provider = if provider == Provider::Auto {
        Provider::Cpu
    } else {
        provider
    };
    match open(provider) {
        Ok(session) => Ok((session, provider, fallbacks)),
        Err(cause) if provider != Provider::Cpu && !is_available(provider) => {
            Err(NetworkError::Provider {
                provider,
                cause: format!("this ONNX Runtime was built without it ({cause})"),
            })
        }
        // The same model opens on the CPU: then the provider is to blame.
        Err(cause) if provider != Provider::Cpu && open(Provider::Cpu).is_ok() => {
            Err(NetworkError::Provider {
                provider,
                cause: cause.to_string(),
            })
        }
        Err(cause) => Err(NetworkError::Unloadable {
            model: config.model.clone(),
            cause: cause.to_string(),
        }),
    }
}

/// Whether the ONNX Runtime that is loaded was built for this provider.
fn is_available(provider: Provider) -> bool {
    match provider {
        Provider::TensorRt => ep::TensorRT::is_available().unwrap_or(false),
        Provider::Cuda => ep::CUDA::is_available().unwrap_or(false),
        Provider::Cpu | Provider::Auto => true,
    }
}

/// How ONNX Runtime is told to use the provider; `None` for the CPU.
fn provider_of(provider: Provider, config: &Config) -> Option<ExecutionProviderDispatch> {
    match provider {
        Provider::TensorRt => {
            let folder = config.model.parent().unwrap_or(Path::new("."));
            Some(
                ep::TensorRT::default()
                    .with_device_id(config.gpu)
                    .with_fp16(config.half_precision)
                    .with_engine_cache(true)
                    .with_engine_cache_path(folder.display())
                    .build()
                    .error_on_failure(),
            )
        }
        Provider::Cuda => Some(
            ep::CUDA::default()
                .with_device_id(config.gpu)
                .build()
                .error_on_failure(),
        ),
        Provider::Cpu | Provider::Auto => None,
    }
}

/// Loads a model.
fn open(
    runtime: &Runtime,
    model: &Path,
    provider: Option<ExecutionProviderDispatch>,
    threads: usize,
) -> Result<Session, ort::Error> {
    let mut builder = Session::builder(&runtime.environment)?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_log_level(ort::logging::LogLevel::Warning)?
        // The same frames give the same boxes, however many threads there are.
        .with_deterministic_compute(true)?
        // Threads that wait must not burn the time of the decoders beside them.
        .with_intra_op_spinning(false)?;
    // Left to count them itself, ONNX Runtime binds each thread to one core, those of every network to the same cores.
    let threads = match threads {
        0 => num_cpus::get_physical().min(num_cpus::get()),
        threads => threads,
    };
    builder = builder.with_intra_threads(threads)?;
    if let Some(provider) = provider {
        builder = builder.with_execution_providers([provider])?;
    }
    builder.commit_from_file(model)
}
