using System.Text;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Compilation;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Tests.Support;

/// <summary>One journalled event of a test stream.</summary>
internal sealed record TestEvent(EventKind Kind, byte[] Payload, float Weight, ulong Entity = 0, long? OccurredAt = null)
{
    public Moment Moment => new(Entity, OccurredAt, null);

    /// <summary>Its features with what its envelope says, for a predict.</summary>
    public ReadOnlyMemory<byte> Question => PayloadBuilder.Stamp(Payload, Entity, OccurredAt);
}

/// <summary>Streams of events drawn from their key, in the form that a spec's input and target want.</summary>
internal static class TestStream
{
    private const int NameCount = 12;

    /// <summary>Hashes of the names that named events use.</summary>
    public static readonly ulong[] Names = [.. Enumerable.Range(0, NameCount).Select(i => FeatureHash.OfName($"feature {i}"))];

    /// <summary>The event at a place of the stream of a seed: learnable labels or values, now and then an observation, a reward, a weight, a task end, and where the head asks for it a task beginning.</summary>
    public static TestEvent At(ModelSpec spec, int seed, int n, int classes = 5)
    {
        if (n % 61 == 60)
        {
            return new TestEvent(EventKind.TaskEnded, [], 1f);
        }

        if (n % 61 == 0 && n > 0 && spec.Network.Head is SoftmaxHeadSpec { Scope: ClassScope.Task } or SoftmaxHeadSpec { Distillation: not null })
        {
            return new TestEvent(EventKind.TaskBegan, [], 1f);
        }

        // Sleep where there is something that sleeps: the streams of all other specs stay as they were.
        if (n % 29 == 28 && spec.Network.Maintenance.OfType<ReplaySpec>().Any())
        {
            return new TestEvent(EventKind.Slept, [], 1f);
        }

        if (n % 50 == 42 && spec.Network.Maintenance.OfType<GrowthSpec>().FirstOrDefault() is { } growth)
        {
            return new TestEvent(EventKind.Grew, Encoding.UTF8.GetBytes($$"""{"population":"{{growth.Population}}","units":{{20 + (n / 50)}}}"""), 1f);
        }

        var builder = new PayloadBuilder();
        var first = Features(spec.Input, builder, seed, n);
        var observed = n % 17 == 16 || spec.Target.Kind == TargetKind.Anomaly;
        if (!observed)
        {
            Target(spec, builder, seed, n, first, classes);
        }

        if (n % 3 == 0)
        {
            builder.Reward(Draw.Normal(seed + 5, n));
        }

        var moment = MomentAt(spec, seed, n);
        return new TestEvent(observed ? EventKind.Observed : EventKind.Learned, builder.Written.ToArray(), n % 5 == 4 ? 2f * Draw.Uniform(seed + 6, n) : 1f, moment.Entity, moment.OccurredAt);
    }

    /// <summary>More entities than the tables of the test specs hold, seconds that go on, and now and then an event that comes late; nobody and never where the spec does not look.</summary>
    private static (ulong Entity, long? OccurredAt) MomentAt(ModelSpec spec, int seed, int n) =>
        spec.Input.HistoryEntities is null && spec.Entities is null ? (0, null) : ((ulong)Draw.Below(7, seed + 8, n) * 17, (n * 1_000_000L) - (Draw.Below(10, seed + 9, n) == 0 ? 60_000_000L : 0));

    /// <summary>Features alone, for a predict.</summary>
    public static byte[] Query(InputSpec input, int seed, int n)
    {
        var builder = new PayloadBuilder();
        Features(input, builder, seed, n);
        return PayloadBuilder.Stamp(builder.Written, (ulong)Draw.Below(7, seed + 8, n) * 17, n * 1_000_000L).ToArray();
    }

    private static float Features(InputSpec input, PayloadBuilder builder, int seed, int n)
    {
        switch (input.Kind)
        {
            case InputKind.Vector:
                var x = Draw.Sparse(input.Size!.Value, seed, n, 0.3f);
                builder.Dense(x);
                return x[0] + x[^1];
            case InputKind.Image:
                var pixels = new float[input.Height!.Value * input.Width!.Value * (input.Channels ?? 1)];
                for (var i = 0; i < pixels.Length; i++)
                {
                    pixels[i] = Draw.Uniform(seed, n, i) < 0.5f ? 0f : Draw.Below(256, seed, n, i);
                }

                builder.Dense(pixels);
                return (pixels[0] / 100f) - 1f;
            case InputKind.Sparse:
                var count = 1 + Draw.Below(Math.Min(6, input.Size!.Value), seed, n);
                var indices = new SortedSet<int>();
                for (var i = 0; i < count; i++)
                {
                    indices.Add(Draw.Below(input.Size.Value, seed + 1, n, i));
                }

                var values = Draw.Normals(indices.Count, seed, n);
                builder.Sparse([.. indices], values);
                return indices.Min == 0 ? 1f : values[0];
            default:
                builder.BeginNamed();
                var number = Draw.Normal(seed, n);
                builder.Named(0, 10d + (3d * number));
                for (var i = 1; i < NameCount; i++)
                {
                    if (Draw.Uniform(seed, n, i) < 0.4f)
                    {
                        continue;
                    }

                    switch (i % 3)
                    {
                        case 0: builder.Named(i, (double)Draw.Normal(seed, n, i)); break;
                        case 1: builder.Named(i, Encoding.UTF8.GetBytes($"value {Draw.Below(4, seed, n, i)}")); break;
                        default: builder.Named(i, Draw.Below(2, seed, n, i) == 1); break;
                    }
                }

                builder.EndNamed();
                return number;
        }
    }

    private static void Target(ModelSpec spec, PayloadBuilder builder, int seed, int n, float first, int classes)
    {
        if (spec.Target.Kind == TargetKind.Label)
        {
            var label = Draw.Uniform(seed + 3, n) < 0.2f ? Draw.Below(classes, seed + 4, n) : (int)Math.Clamp((first + 2f) * classes / 4f, 0, classes - 1);
            builder.Label(Encoding.UTF8.GetBytes($"class {label}"));
            return;
        }

        builder.Target([.. Enumerable.Range(0, spec.Target.Size ?? 1).Select(i => (double)(20f + (first * (i + 1)) + (0.1f * Draw.Normal(seed + 4, n, i))))]);
    }
}

/// <summary>A model with everything that folding and asking needs.</summary>
internal sealed class Trial : IDisposable
{
    private readonly EntityShelf _shelf;
    private readonly ProgramCache? _programs;
    private PredictWorkspace _workspace;

    /// <param name="spec">The model's spec.</param>
    /// <param name="programs">Programs that it may share; null: it has one of its own.</param>
    public Trial(ModelSpec spec, ProgramCache? programs = null)
        : this(Model.Create(spec, programs), 0, new EntityShelf(), programs)
    {
    }

    private Trial(Model model, long sequence, EntityShelf shelf, ProgramCache? programs)
    {
        (_shelf, _programs) = (shelf, programs);
        Model = model;
        Sequence = sequence;
        _workspace = model.CreateWorkspace();
    }

    public Model Model { get; private set; }

    public long Sequence { get; private set; }

    public Outcome Outcome { get; } = new();

    public PredictionBuffer Prediction { get; } = new();

    public string Hash => Convert.ToHexStringLower(Model.Capture().StateHash());

    public void Apply(TestEvent e) => Apply(e.Kind, e.Payload, e.Weight, e.Moment);

    public void Apply(EventKind kind, ReadOnlySpan<byte> payload, float weight = 1f, Moment moment = default)
    {
        _shelf.Bring(Model, moment, Sequence);
        Model.Apply(new EventInput { Kind = kind, Sequence = ++Sequence, Weight = weight, Payload = payload, Moment = moment, NameHashes = TestStream.Names }, Outcome);
    }

    public void Learn(float[] x, string label, float weight = 1f)
    {
        var builder = new PayloadBuilder();
        builder.Dense(x);
        builder.Label(Encoding.UTF8.GetBytes(label));
        Apply(EventKind.Learned, builder.Written.Span, weight);
    }

    public void Learn(float[] x, double[] target)
    {
        var builder = new PayloadBuilder();
        builder.Dense(x);
        builder.Target(target);
        Apply(EventKind.Learned, builder.Written.Span);
    }

    public void Predict(ReadOnlySpan<byte> payload) =>
        Model.Predict(payload, TestStream.Names, _workspace, Prediction, _shelf.Find(Model, PayloadReader.Read(payload).Moment, Sequence));

    public float[] Predict(params float[] x)
    {
        var builder = new PayloadBuilder();
        builder.Dense(x);
        Predict(builder.Written.Span);
        return Prediction.Scores[..Prediction.Count];
    }

    /// <summary>A second trial that goes on from the state of this one.</summary>
    public Trial Copy() => new(Model.Open(Model.Spec, Model.Capture(), _programs), Sequence, _shelf.Copy(), _programs);

    /// <summary>Stores what entities left behind and lets the model forget it, as a version does.</summary>
    public ModelImage Store()
    {
        var image = Model.Capture();
        _shelf.Store(image);
        Model.LetGo(Sequence);
        return new ModelImage(image.Manifest, image.Bytes.ToArray());
    }

    /// <summary>Brings the rows of entities before a run of events about them.</summary>
    public void BringAll(IEnumerable<ulong> entities)
    {
        Model.LetGo(0);
        foreach (var entity in entities)
        {
            _shelf.Bring(Model, new Moment(entity, null, null), Sequence);
        }
    }

    /// <summary>Goes on from an earlier stored state, as a restart after a kill does.</summary>
    public void GoBack(ModelImage image, long sequence)
    {
        var spec = Model.Spec;
        Dispose();
        Model = Model.Open(spec, image, _programs);
        Sequence = sequence;
        _workspace = Model.CreateWorkspace();
    }

    /// <summary>Closes the model and opens it again from its stored state: of what entities left behind, nothing is in memory then.</summary>
    public void Reopen()
    {
        var image = Store();
        var spec = Model.Spec;
        Dispose();
        Model = Model.Open(spec, image, _programs);
        _workspace = Model.CreateWorkspace();
    }

    /// <summary>The floats of every slot in a learned region, from a capture.</summary>
    public IEnumerable<(SlotInfo Info, float[] Values)> LearnedSlots()
    {
        var layout = Model.Learner.Layout;
        var bytes = Model.Capture().Bytes;
        foreach (var info in layout.Slots.Where(slot => slot.Slot.Region <= Region.Plastic))
        {
            var start = info.Slot.Offset + (info.Slot.Region == Region.Plastic ? layout.LengthOf(Region.Read) : 0);
            yield return (info, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes.Span.Slice(start * sizeof(float), info.Slot.Length * sizeof(float))).ToArray());
        }
    }

    public float[] Slot(string name) => LearnedSlots().Single(slot => slot.Info.Name == name).Values;

    public void Dispose()
    {
        _workspace.Dispose();
        Model.Dispose();
    }
}
