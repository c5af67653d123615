using System.Text;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using LifelongApi.Learning.Features;
using LifelongApi.Onnx.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace LifelongApi.Onnx.Tests;

/// <summary>A model that was taught a simple problem of three classes or of numbers.</summary>
internal sealed class Learned : IDisposable
{
    private static readonly string[] Labels = ["a", "b", "c"];
    private readonly EncoderSession? _encoder;
    private readonly PredictWorkspace _workspace;
    private readonly Outcome _outcome = new();
    private long _sequence;

    public Learned(ModelSpec spec, EncoderSession? encoder = null)
    {
        _encoder = encoder;
        Model = Model.Create(spec);
        _workspace = Model.CreateWorkspace();
    }

    public Model Model { get; }

    private int Size => _encoder?.InputCount ?? (Model.Spec.Input is { Kind: InputKind.Image } image ? image.Height!.Value * image.Width!.Value * (image.Channels ?? 1) : Model.Spec.Input.Size!.Value);

    public void Teach(int count, int leaveOut = -1) => Teach(count, shift: 0, leaveOut);

    /// <summary>The same inputs, called by the next label.</summary>
    public void Rename(int count) => Teach(count, shift: 1, leaveOut: -1);

    public float[][] Inputs(int first, int count) => [.. Enumerable.Range(first, count).Select(Input)];

    public void Compare(byte[] file, float[][] inputs, float tolerance)
    {
        Compare(file, inputs, tolerance, GraphOptimizationLevel.ORT_DISABLE_ALL);
        if (_encoder is null)
        {
            // As most who run it will; an encoder in half precision is another one then.
            Compare(file, inputs, tolerance, GraphOptimizationLevel.ORT_ENABLE_ALL);
        }
    }

    private void Compare(byte[] file, float[][] inputs, float tolerance, GraphOptimizationLevel level)
    {
        using var options = new SessionOptions { GraphOptimizationLevel = level, IntraOpNumThreads = 1 };
        using var session = new InferenceSession(file, options);
        using var run = new RunOptions();
        var prediction = new PredictionBuffer();
        var largest = 0f;

        // An encoder that takes one example at a time makes a file that does.
        foreach (var batch in inputs.Chunk(_encoder?.BatchLimit ?? inputs.Length))
        {
            largest = Math.Max(largest, Difference(session, run, batch, tolerance, prediction));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"largest difference {largest}");
        Assert.True(largest <= tolerance, $"The file and the model differ by {largest}.");
    }

    private float Difference(InferenceSession session, RunOptions run, float[][] inputs, float tolerance, PredictionBuffer prediction)
    {
        using var tensor = OrtValue.CreateTensorValueFromMemory(inputs.SelectMany(input => input).ToArray(), [inputs.Length, Size]);
        var isClassifier = Model.Spec.Target.Kind == TargetKind.Label;
        using var results = session.Run(run, ["features"], [tensor], isClassifier ? ["probabilities", "label"] : ["values"]);
        var said = results[0].GetTensorDataAsSpan<float>();
        var largest = 0f;
        for (var i = 0; i < inputs.Length; i++)
        {
            Model.Predict(Payload(inputs[i], label: -1, null), [], _workspace, prediction);
            var mine = prediction.Scores.AsSpan(0, prediction.Count);
            Assert.Equal(inputs.Length * mine.Length, said.Length);
            for (var k = 0; k < mine.Length; k++)
            {
                largest = Math.Max(largest, Math.Abs(said[(i * mine.Length) + k] - mine[k]));
            }

            if (isClassifier && mine.ToArray().Order().TakeLast(2).ToArray() is var top && (top.Length < 2 || top[1] - top[0] > 2 * tolerance))
            {
                Assert.Equal(Model.Labels[prediction.Label], results[1].GetStringElement(i));
            }
        }

        return largest;
    }

    public void Dispose()
    {
        _workspace.Dispose();
        Model.Dispose();
    }

    private void Teach(int count, int shift, int leaveOut)
    {
        for (var i = 0; i < count; i++)
        {
            _sequence++;
            var input = Input((int)_sequence);
            var kind = (int)(_sequence % 3);
            if (kind == leaveOut)
            {
                continue;
            }

            var learn = new EventInput { Kind = EventKind.Learned, Sequence = _sequence, Payload = Payload(input, (kind + shift) % 3, input) };
            Model.Apply(learn, _outcome);
            Assert.Null(_outcome.Reason);
        }
    }

    /// <summary>Three patterns under noise.</summary>
    private float[] Input(int number)
    {
        var random = new Random(number);
        var kind = number % 3;
        var isSparse = Model.Spec.Input.Kind == InputKind.Sparse;
        return [.. Enumerable.Range(0, Size).Select(i => isSparse && (i + number) % 4 > 0 ? 0f : MathF.Sin((kind + 1) * (i + 1) * 0.7f) + ((float)random.NextDouble() * 0.8f))];
    }

    private byte[] Payload(float[] input, int label, float[]? target)
    {
        var builder = new PayloadBuilder();
        if (Model.Spec.Input.Kind == InputKind.Sparse)
        {
            var active = Enumerable.Range(0, input.Length).Where(i => input[i] != 0f).ToArray();
            builder.Sparse(active, [.. active.Select(i => input[i])]);
        }
        else
        {
            builder.Dense(input);
        }

        if (label >= 0 && Model.Spec.Target.Kind == TargetKind.Label)
        {
            builder.Label(Encoding.UTF8.GetBytes(Labels[label]));
        }
        else if (label >= 0)
        {
            builder.Target([.. Enumerable.Range(0, Model.Spec.Target.Size ?? 1).Select(i => (double)(target![0] + (i * target[1]) - label))]);
        }

        var payload = builder.Written.ToArray();
        if (_encoder is null)
        {
            return payload;
        }

        var tensor = new float[_encoder.InputCount];
        new InputTensor(_encoder.Spec).Fill(PayloadReader.Read(payload), tensor);
        return Payloads.Encoded(_encoder.Spec, _encoder.Runtime, payload, _encoder.Encode(tensor, 1));
    }
}
