using System.Runtime.CompilerServices;
using LifelongApi.Contracts.Models;
using LifelongApi.Onnx.Files;
using Microsoft.ML.OnnxRuntime;

namespace LifelongApi.Onnx.Runtime;

/// <summary>
/// One encoder, ready to run: the graph up to one tensor, on one thread, node after node, as written (no optimisation: those differ by processor and by version, and so would the bits).
/// Safe for any thread.
/// </summary>
public sealed class EncoderSession : IDisposable
{
    private const int MostBatchNumbers = 1 << 22;
    private const int MostBatch = 64;
    private readonly InferenceSession _session;
    private readonly EncoderOptions _options;
    private readonly OnnxTensor _input;
    private readonly string _output;

    private EncoderSession(OnnxFile file, EncoderSpec spec, EncoderOptions options)
    {
        Spec = spec;
        InputCount = new InputTensor(spec).Count;
        _options = options;
        _input = file.Input;
        _output = spec.Features!;
        RuntimeMemory.Reserve(options.MemoryBytes);
        using var settings = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        settings.AddSessionConfigEntry("session.use_env_allocators", "1");
        settings.AddSessionConfigEntry("session.use_deterministic_compute", "1");
        _session = new InferenceSession(file.WithOutput(_output), settings);
    }

    /// <summary>The complete spec.</summary>
    public EncoderSpec Spec { get; }

    /// <summary>Numbers of one example.</summary>
    public int InputCount { get; }

    /// <summary>Features that it gives for one example.</summary>
    public int FeatureCount { get; private set; }

    /// <summary>Most examples of one inference; 1 where the graph takes one at a time.</summary>
    public int BatchLimit { get; private set; } = 1;

    /// <summary>Name and version of the runtime.</summary>
    public string Runtime { get; } = $"onnxruntime {typeof(InferenceSession).Assembly.GetName().Version!.ToString(3)}";

    /// <summary>Opens a session and tries it once on zeros, which shows what it gives.</summary>
    /// <param name="file">An inspected file.</param>
    /// <param name="spec">A complete spec.</param>
    /// <param name="options">Bounds.</param>
    /// <returns>The session.</returns>
    /// <exception cref="OnnxRefusedException">The runtime does not take the graph, or it gives nothing that can be learned from.</exception>
    /// <exception cref="RuntimeMissingException">The runtime cannot be loaded.</exception>
    public static EncoderSession Open(OnnxFile file, EncoderSpec spec, EncoderOptions options)
    {
        try
        {
            return OpenHere(file, spec, options);
        }
        catch (Exception missing) when (missing is DllNotFoundException or FileNotFoundException or FileLoadException or BadImageFormatException or EntryPointNotFoundException
            || (missing is TypeInitializationException or System.Reflection.TargetInvocationException && missing.InnerException is not null))
        {
            throw new RuntimeMissingException(missing);
        }
    }

    /// <summary>Runs the encoder.</summary>
    /// <param name="inputs">Tensors of 1 … <see cref="BatchLimit"/> examples one after the other.</param>
    /// <param name="count">How many examples.</param>
    /// <returns>Their features one after the other; shape [count × <see cref="FeatureCount"/>].</returns>
    /// <exception cref="EncoderInputException">The runtime failed on this input, took too long, or gave a number that is not finite.</exception>
    public float[] Encode(float[] inputs, int count)
    {
        float[] features;
        try
        {
            features = Run(inputs, count, out _);
        }
        catch (OnnxRuntimeException failure)
        {
            throw new EncoderInputException($"The encoder fails on this input: {Short(failure.Message)}", inner: failure);
        }

        if (features.Length != count * FeatureCount)
        {
            throw new EncoderInputException(FormattableString.Invariant($"The encoder gives {features.Length} features for this input, and {FeatureCount} for others; it has to give the same number for every input."));
        }

        if (!Array.TrueForAll(features, float.IsFinite))
        {
            throw new EncoderInputException("The encoder gives a number that is not finite for this input; is it scaled as the encoder wants it?");
        }

        return features;
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    // In a method of its own, so that a library that is not there is noticed when this is called, not before.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static EncoderSession OpenHere(OnnxFile file, EncoderSpec spec, EncoderOptions options)
    {
        EncoderSession? session = null;
        try
        {
            session = new EncoderSession(file, spec, options);
            session.Try();
            return session;
        }
        catch (OnnxRuntimeException refusal)
        {
            session?.Dispose();
            throw new OnnxRefusedException($"The ONNX runtime does not run this graph: {Short(refusal.Message)}", refusal);
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }

    private void Try()
    {
        FeatureCount = Run(new float[InputCount], 1, out _).Length;
        EncoderPlan.CheckFeatures(Spec, FeatureCount);
        var most = Math.Clamp(MostBatchNumbers / Math.Max(InputCount, FeatureCount), 1, MostBatch);
        if (!_input.MayBatch || most == 1)
        {
            return;
        }

        try
        {
            // A graph may say that its batch is open and mean it for the input only.
            BatchLimit = Run(new float[2 * InputCount], 2, out var first).Length == 2 * FeatureCount && first == 2 ? most : 1;
        }
        catch (OnnxRuntimeException)
        {
            BatchLimit = 1;
        }
    }

    private float[] Run(float[] inputs, int count, out long first)
    {
        long[] shape = _input.HasBatch ? [count, .. Spec.Shape!.Select(size => (long)size)] : [.. Spec.Shape!.Select(size => (long)size)];
        using var input = Input(inputs.AsMemory(0, count * InputCount), shape);
        using var run = new RunOptions();
        using var overdue = new Timer(state => ((RunOptions)state!).Terminate = true, run, _options.Timeout, Timeout.InfiniteTimeSpan);
        using var results = _session.Run(run, [_input.Name], [input], [_output]);

        // The timer may be about to write into the options, which are freed next.
        using (var stopped = new ManualResetEvent(false))
        {
            if (overdue.Dispose(stopped))
            {
                stopped.WaitOne();
            }
        }

        var result = results[0];
        if (!result.IsTensor)
        {
            throw new OnnxRefusedException($"'{_output}' is no tensor of numbers; choose another tensor.");
        }

        var info = result.GetTensorTypeAndShape();
        first = info.Shape.Length > 0 ? info.Shape[0] : 1;
        return info.ElementDataType switch
        {
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float => result.GetTensorDataAsSpan<float>().ToArray(),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float16 => Convert(result.GetTensorDataAsSpan<Float16>(), value => (float)value),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Double => Convert(result.GetTensorDataAsSpan<double>(), value => (float)value),
            _ => throw new OnnxRefusedException($"'{_output}' is a tensor of {info.ElementDataType}; features are float32, float16 or float64. Choose another tensor."),
        };
    }

    private OrtValue Input(Memory<float> values, long[] shape) => Spec.Type switch
    {
        TensorType.Float16 => Converted<Float16>(values.Span, shape, value => (Float16)value),
        TensorType.Float64 => Converted<double>(values.Span, shape, value => value),
        TensorType.Uint8 => Converted(values.Span, shape, value => (byte)value),
        TensorType.Int32 => Converted(values.Span, shape, value => (int)value),
        TensorType.Int64 => Converted(values.Span, shape, value => (long)value),
        _ => OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, values, shape),
    };

    private static OrtValue Converted<T>(ReadOnlySpan<float> values, long[] shape, Func<float, T> convert)
        where T : unmanaged =>
        OrtValue.CreateTensorValueFromMemory(Convert(values, convert), shape);

    private static TTo[] Convert<TFrom, TTo>(ReadOnlySpan<TFrom> from, Func<TFrom, TTo> convert)
    {
        var to = new TTo[from.Length];
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = convert(from[i]);
        }

        return to;
    }

    /// <summary>The runtime's messages quote whole files of source.</summary>
    private static string Short(string message) => message.Length <= 300 ? message : message[..300] + "…";
}
