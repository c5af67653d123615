using System.Buffers.Binary;
using System.Text.Json;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Compilation;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Heads;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning;

/// <summary>
/// A model: an immutable program plus flat state. It is the fold of the events it was given, bit for bit.
/// One writer calls <see cref="Apply"/>; <see cref="Predict"/> and <see cref="Capture"/> may run side by side with each other
/// (each predict with a workspace of its own), but not with <see cref="Apply"/>: the host keeps them apart.
/// </summary>
public sealed class Model : IDisposable
{
    private const int FirstCapacity = 16;
    private const int ManifestVersion = 1;
    private const int ManifestLength = 20;
    private Learner _learner;
    private Arena _read;
    private Arena _plastic;
    private Arena _activity;
    private Arena _scratch;
    private LabelTable _labels = new();

    private Model(ModelSpec spec, int capacity)
    {
        Spec = spec;
        _learner = LearnerCompiler.Compile(spec, capacity);
        (_read, _plastic, _activity, _scratch) = Allocate(_learner.Layout);
    }

    /// <summary>The spec it was compiled from.</summary>
    public ModelSpec Spec { get; }

    /// <summary>Class names by id, in order of appearance.</summary>
    public IReadOnlyList<string> Labels => _labels.Names;

    /// <summary>Classes that fit before the state must grow; 0 for values.</summary>
    public int ClassCapacity => _learner.ClassCapacity;

    /// <summary>Most classes the spec allows; 0 for values.</summary>
    public int MaxClasses => MostClasses(Spec);

    /// <summary>Names of projections with a rule, in forward order.</summary>
    public IReadOnlyList<string> PlasticProjections => _learner.ChainNames;

    /// <summary>Names of modulators, in order.</summary>
    public IReadOnlyList<string> Modulators => _learner.ModulatorNames;

    /// <summary>Level of every modulator now.</summary>
    public ReadOnlySpan<float> ModulatorLevels => _learner.ModulatorLevels(Step(0, 1f));

    /// <summary>Sequence of the event on which a detector found drift that has not become a task boundary yet; 0: none. Only detectors with <c>boundary</c> leave one.</summary>
    public long WaitingDrift => _learner.WaitingDrift(Step(0, 1f));

    /// <summary>How unusual events were; null for a target that is not <c>anomaly</c>.</summary>
    public AnomalyMetrics? Anomalies => _learner.Anomalies(Step(0, 1f));

    /// <summary>Bytes of learned state.</summary>
    public long StateByteCount => (_read.Length + (long)_plastic.Length) * sizeof(float);

    /// <summary>The program, for inspection.</summary>
    public Learner Learner => _learner;

    /// <summary>Compiles a spec and starts from its initial state.</summary>
    /// <param name="spec">An expanded spec.</param>
    /// <returns>The model.</returns>
    /// <exception cref="SpecException">The spec has mistakes.</exception>
    public static Model Create(ModelSpec spec)
    {
        SpecValidator.Check(spec);
        var model = new Model(spec, spec.Target.Kind == TargetKind.Label ? Math.Min(FirstCapacity, spec.Target.MaxClasses ?? SpecValidator.DefaultMaxClasses) : 0);
        model._learner.Initialise(model.Step(0, 1f));
        return model;
    }

    /// <summary>Compiles a spec and takes a stored state.</summary>
    /// <param name="spec">The spec that the state was made with.</param>
    /// <param name="image">A state that <see cref="Capture"/> gave.</param>
    /// <returns>The model.</returns>
    /// <exception cref="SpecException">The spec has mistakes.</exception>
    /// <exception cref="InvalidDataException">The image does not fit the spec.</exception>
    public static Model Open(ModelSpec spec, ModelImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        SpecValidator.Check(spec);
        var manifest = image.Manifest.Span;
        if (manifest.Length != ManifestLength || BinaryPrimitives.ReadInt32LittleEndian(manifest) != ManifestVersion)
        {
            throw new InvalidDataException("The state's manifest is not known to this engine.");
        }

        var capacity = BinaryPrimitives.ReadInt32LittleEndian(manifest[4..]);
        if (capacity < 0 || capacity > MostClasses(spec))
        {
            throw new InvalidDataException("The state does not fit the spec: it has room for more classes than the spec allows.");
        }

        var model = new Model(spec, capacity);
        var read = model._read.Bytes;
        var plastic = model._plastic.Bytes;
        var labels = BinaryPrimitives.ReadInt32LittleEndian(manifest[16..]);
        if (read.Length != (long)BinaryPrimitives.ReadInt32LittleEndian(manifest[8..]) * sizeof(float)
            || plastic.Length != (long)BinaryPrimitives.ReadInt32LittleEndian(manifest[12..]) * sizeof(float)
            || image.Bytes.Length != (long)read.Length + plastic.Length + labels)
        {
            model.Dispose();
            throw new InvalidDataException("The state does not fit the spec: its arenas have other lengths.");
        }

        var bytes = image.Bytes.Span;
        bytes[..read.Length].CopyTo(read);
        bytes.Slice(read.Length, plastic.Length).CopyTo(plastic);
        model._labels = LabelTable.Read(bytes[(read.Length + plastic.Length)..]);
        if (model._labels.Count > capacity)
        {
            model.Dispose();
            throw new InvalidDataException("The state does not fit the spec: it names more classes than it has room for.");
        }

        return model;
    }

    /// <summary>Folds one event of any kind into the state. Allocates nothing except where classes are added.</summary>
    /// <param name="input">The event.</param>
    /// <param name="outcome">Overwritten with what it did.</param>
    /// <exception cref="InvalidDataException">The payload is corrupt or does not fit the spec; nothing changed.</exception>
    public void Apply(in EventInput input, Outcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        Clear(outcome);
        switch (input.Kind)
        {
            case EventKind.Learned or EventKind.Observed:
                Learn(input, outcome);
                break;
            case EventKind.TaskBegan:
                _learner.BeginTask(Step(input.Sequence, 1f));
                break;
            case EventKind.TaskEnded:
                outcome.Consolidated = _learner.EndTask(Step(input.Sequence, 1f));
                break;
            case EventKind.Slept:
                outcome.Consolidated = _learner.Sleep(_labels.Count, Step(input.Sequence, 1f));
                break;
            case EventKind.Grew:
                Grow(ReadCapacity(input.Payload));
                break;
            case EventKind.Restored or EventKind.EngineChanged or EventKind.Predicted:
                break;
            default:
                throw new InvalidDataException($"This engine does not know how to fold an event of kind {input.Kind}.");
        }

        _learner.ModulatorLevels(Step(input.Sequence, 1f)).CopyTo(outcome.Modulators);
    }

    /// <summary>Sequences of the events whose inputs the replay memory holds, in no order: what an erasure has to know.</summary>
    /// <returns>The sequences; empty without a memory. Valid until the next event.</returns>
    public ReadOnlySpan<long> RememberedSequences() => _learner.RememberedSequences(Step(0, 1f));

    /// <summary>Makes a workspace for <see cref="Predict"/>. It fits until the model grows; <see cref="Predict"/> then resizes it.</summary>
    /// <returns>The workspace; dispose it.</returns>
    public PredictWorkspace CreateWorkspace() => new(_learner.Layout);

    /// <summary>Answers for one set of features. Changes nothing; allocates nothing once workspace and buffer fit.</summary>
    /// <param name="payload">Features as <see cref="PayloadBuilder"/> wrote them; a target is ignored.</param>
    /// <param name="nameHashes">Hash of every feature name of the stream by id.</param>
    /// <param name="workspace">A workspace of this model that nobody else uses now.</param>
    /// <param name="prediction">Overwritten with the answer.</param>
    public void Predict(ReadOnlySpan<byte> payload, ReadOnlySpan<ulong> nameHashes, PredictWorkspace workspace, PredictionBuffer prediction)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        ArgumentNullException.ThrowIfNull(prediction);
        workspace.Fit(_learner.Layout);
        var reader = PayloadReader.Read(payload);
        var step = StepContext.Predicting(_read, workspace.Activity, workspace.Scratch, Spec.Seed, reader.Moment);
        _learner.Predict(reader, nameHashes, _labels.Count, step, prediction);
    }

    /// <summary>Copies the learned state.</summary>
    /// <returns>The copy.</returns>
    public ModelImage Capture()
    {
        var labels = _labels.Write();
        var read = _read.Bytes;
        var plastic = _plastic.Bytes;
        var bytes = GC.AllocateUninitializedArray<byte>(checked(read.Length + plastic.Length + labels.Length));
        read.CopyTo(bytes);
        plastic.CopyTo(bytes.AsSpan(read.Length));
        labels.CopyTo(bytes, read.Length + plastic.Length);
        var manifest = new byte[ManifestLength];
        BinaryPrimitives.WriteInt32LittleEndian(manifest, ManifestVersion);
        BinaryPrimitives.WriteInt32LittleEndian(manifest.AsSpan(4), ClassCapacity);
        BinaryPrimitives.WriteInt32LittleEndian(manifest.AsSpan(8), _read.Length);
        BinaryPrimitives.WriteInt32LittleEndian(manifest.AsSpan(12), _plastic.Length);
        BinaryPrimitives.WriteInt32LittleEndian(manifest.AsSpan(16), labels.Length);
        return new ModelImage(manifest, bytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _read.Dispose();
        _plastic.Dispose();
        _activity.Dispose();
        _scratch.Dispose();
    }

    private static (Arena Read, Arena Plastic, Arena Activity, Arena Scratch) Allocate(Layout layout) =>
        (new Arena(layout.LengthOf(Region.Read)), new Arena(layout.LengthOf(Region.Plastic)), new Arena(layout.LengthOf(Region.Activity)), new Arena(layout.LengthOf(Region.Scratch)));

    private static int MostClasses(ModelSpec spec) =>
        spec.Target.Kind == TargetKind.Label ? spec.Target.MaxClasses ?? SpecValidator.DefaultMaxClasses : 0;

    private static int ReadCapacity(ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("classes"u8) && reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var classes))
                {
                    return classes;
                }
            }
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException("The payload of a Grew event is not JSON.", exception);
        }

        throw new InvalidDataException("A Grew event names the new capacity in 'classes'.");
    }

    private void Clear(Outcome outcome)
    {
        outcome.Fit(_learner.ChainNames.Count, _learner.ModulatorNames.Count);
        outcome.Status = LearnStatus.Observed;
        outcome.Reason = null;
        outcome.IsScored = false;
        outcome.Loss = float.NaN;
        outcome.TargetLabel = -1;
        outcome.TargetCount = 0;
        outcome.Consolidated = false;
        outcome.Prediction.Prepare(0);
    }

    private void Learn(in EventInput input, Outcome outcome)
    {
        var payload = PayloadReader.Read(input.Payload);
        if (_learner.Refuses(Step(input), outcome))
        {
            return;
        }

        if (input.Kind == EventKind.Observed || Spec.Target.Kind == TargetKind.Anomaly)
        {
            _learner.Observe(payload, input.NameHashes, _labels.Count, Step(input), outcome);
            return;
        }

        if (Spec.Target.Kind == TargetKind.Value)
        {
            LearnValues(payload, input, outcome);
            return;
        }

        if (payload.Target != TargetTag.Label || payload.Label.IsEmpty || payload.Label.Length > LabelTable.LargestName)
        {
            throw new InvalidDataException("A learned event of this model has a label.");
        }

        var known = _labels.Count;
        var label = _labels.Find(payload.Label);
        if (label < 0)
        {
            if (known == MaxClasses)
            {
                throw new InvalidDataException($"The label would be class {known + 1} where the model takes at most {MaxClasses}.");
            }

            // Features that the model cannot read throw here, before the label is known.
            _learner.CheckFeatures(payload, input.NameHashes, Step(input));

            // Compile before the label is added: growing may run out of memory, and then nothing has changed.
            Grow(known + 1);
            label = _labels.Add(payload.Label);
        }

        outcome.TargetLabel = label;
        _learner.Learn(payload, input.NameHashes, known, new HeadTarget { Label = label, ClassCount = _labels.Count }, Step(input), outcome);
    }

    private void LearnValues(in PayloadReader payload, in EventInput input, Outcome outcome)
    {
        if (payload.Target != TargetTag.Values || payload.TargetCount != (Spec.Target.Size ?? 1))
        {
            throw new InvalidDataException($"A learned event of this model has {Spec.Target.Size ?? 1} target numbers.");
        }

        var targets = outcome.PrepareTargets(payload.TargetCount);
        for (var i = 0; i < targets.Length; i++)
        {
            targets[i] = payload.TargetValue(i);
        }

        _learner.Learn(payload, input.NameHashes, 0, new HeadTarget { Label = -1, Values = targets }, Step(input), outcome);
    }

    /// <summary>Makes room for at least so many classes: 16, 32, 64 … up to the spec's most. A fold of the same events grows at the same event.</summary>
    private void Grow(int classes)
    {
        classes = Math.Min(classes, MaxClasses);
        if (classes <= ClassCapacity)
        {
            return;
        }

        var capacity = Math.Max(1, ClassCapacity);
        while (capacity < classes)
        {
            capacity *= 2;
        }

        var grown = LearnerCompiler.Compile(Spec, Math.Min(capacity, MaxClasses));
        var (read, plastic, activity, scratch) = Allocate(grown.Layout);
        grown.Initialise(StepContext.Learning(read, plastic, activity, scratch, Spec.Seed, 0, 1f));
        Layout.Transfer(_learner.Layout, _read.Floats, grown.Layout, read.Floats, Region.Read);
        Layout.Transfer(_learner.Layout, _plastic.Floats, grown.Layout, plastic.Floats, Region.Plastic);
        Dispose();
        (_learner, _read, _plastic, _activity, _scratch) = (grown, read, plastic, activity, scratch);
    }

    private StepContext Step(in EventInput input) =>
        StepContext.Learning(_read, _plastic, _activity, _scratch, Spec.Seed, input.Sequence, input.Weight, input.Moment);

    private StepContext Step(long sequence, float weight) =>
        StepContext.Learning(_read, _plastic, _activity, _scratch, Spec.Seed, sequence, weight);
}
