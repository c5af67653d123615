using System.Text;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Compilation;
using LifelongApi.Learning.Entities;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Heads;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning;

/// <summary>
/// A model: an immutable program plus flat state. It is the fold of the events it was given, bit for bit.
/// One writer calls <see cref="Apply"/>; <see cref="Predict"/> and <see cref="Capture"/> may run side by side with each other
/// (each predict with a workspace of its own), but not with <see cref="Apply"/>: the host keeps them apart.
/// </summary>
public sealed partial class Model : IDisposable
{
    private const int FirstCapacity = 16;
    private readonly ProgramCache? _programs;
    private ModelProgram _program;
    private Learner _learner;
    private Arena _read;
    private Arena _plastic;
    private PredictWorkspace? _working;
    private readonly byte[] _encoderHash = [];
    private readonly byte[] _encoderTensor = [];
    private readonly EntityArchive? _archive;
    private LabelTable _labels = new();
    private int[] _units;

    private Model(ModelSpec spec, ModelProgram program, int[] units, EntityArchive? archive, ProgramCache? programs)
    {
        Spec = spec;
        _programs = programs;
        _archive = archive;
        if (spec.Input.Encoder is { } encoder)
        {
            _encoderHash = Convert.FromHexString(encoder.Hash![EncoderSpec.HashPrefix.Length..]);
            _encoderTensor = Encoding.UTF8.GetBytes(encoder.Features!);
        }

        _units = units;
        (_program, _learner) = (program, program.Learner);
        (_read, _plastic) = Allocate(_learner.Layout);
        _working = KeepsWorking ? program.Rent() : null;
    }

    /// <summary>The spec it was compiled from.</summary>
    public ModelSpec Spec { get; }

    /// <summary>Class names by id, in order of appearance.</summary>
    public IReadOnlyList<string> Labels => _labels.Names;

    /// <summary>Classes that fit before the state must grow; 0 for values.</summary>
    public int ClassCapacity => _learner.ClassCapacity;

    /// <summary>Most classes the spec allows; 0 for values.</summary>
    public int MaxClasses => ModelSizes.MostClasses(Spec);

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

    /// <summary>Units that populations wait for, in the order of the spec. The host answers with a <see cref="EventKind.Grew"/> event for each.</summary>
    public IReadOnlyList<WaitingGrowth> WaitingGrowth => _units.Length == 0 ? [] : _learner.WaitingGrowth(Step(0, 1f));

    /// <summary>Bytes of learned state, with what entities left behind and is not stored.</summary>
    public long StateByteCount => ((_read.Length + (long)_plastic.Length) * sizeof(float)) + (_archive?.ByteCount ?? 0);

    /// <summary>What entities without a row left behind; null where the spec adapts to none.</summary>
    public EntityArchive? Archive => _archive;

    /// <summary>Whether the archive must be given the stored row of an event's entity, or told that there is none, before the event is folded.</summary>
    /// <param name="moment">Whom the event is about.</param>
    /// <returns>True where neither the state nor the archive know.</returns>
    public bool Lacks(in Moment moment) => _archive is not null && _learner.IsAway(moment, Step(0, 1f)) && !_archive.Knows(moment.Entity);

    /// <summary>Looks at a state that comes from elsewhere: whatever in it leads from one place to another has to lead somewhere.</summary>
    /// <exception cref="InvalidDataException">The table of entities is none that events can have made.</exception>
    public void CheckLinks() => _learner.CheckEntities(Step(0, 1f));

    /// <summary>Looks at a labelled row that comes from elsewhere. Changes nothing.</summary>
    /// <param name="payload">Features with label or target.</param>
    /// <param name="nameHashes">Hash of every feature name by id.</param>
    /// <exception cref="InvalidDataException">The model could not read it, or learn from it.</exception>
    public void CheckExample(ReadOnlySpan<byte> payload, ReadOnlySpan<ulong> nameHashes)
    {
        var example = Read(payload);
        var hasTarget = Spec.Target.Kind == TargetKind.Value
            ? example.Target == TargetTag.Values && example.TargetCount == (Spec.Target.Size ?? 1)
            : example.Target == TargetTag.Label && !example.Label.IsEmpty && example.Label.Length <= LabelTable.LargestName;
        if (!hasTarget)
        {
            throw new InvalidDataException("The row has no label or target of the kind that the model learns from.");
        }

        using var working = Work();
        _learner.CheckFeatures(example, nameHashes, Step(0, 1f));
    }

    /// <summary>The program, for inspection.</summary>
    public Learner Learner => _learner;

    /// <summary>Lets go of what the store has of entities. Between two runs of events only: those that <see cref="Lacks"/> was asked about may need it.</summary>
    /// <param name="sequence">Position of the version that was stored last; 0: none.</param>
    public void LetGo(long sequence) => _archive?.LetGo(sequence, _learner.CountAway(Step(0, 1f)));

    /// <summary>Which of the newest rows of all entities that ever left are those of entities that are away now.</summary>
    /// <param name="rows">At most one row of each entity.</param>
    /// <returns>Those rows.</returns>
    /// <exception cref="InvalidDataException">They are not what the state says was left behind.</exception>
    public IReadOnlyList<EntityRow> Away(IEnumerable<EntityRow> rows) => _learner.Away(rows, Step(0, 1f));

    /// <summary>Compiles a spec and starts from its initial state.</summary>
    /// <param name="spec">An expanded spec.</param>
    /// <param name="programs">Programs that it may share with other models; null: it has one of its own.</param>
    /// <returns>The model.</returns>
    /// <exception cref="SpecException">The spec has mistakes.</exception>
    public static Model Create(ModelSpec spec, ProgramCache? programs = null)
    {
        SpecValidator.Check(spec);
        var program = Compile(spec, Math.Min(FirstCapacity, ModelSizes.MostClasses(spec)), programs);
        var model = new Model(spec, program, ModelSizes.FirstUnits(spec), spec.Entities is null ? null : new EntityArchive(isWhole: true, []), programs);
        using var working = model.Work();
        model._learner.Initialise(model.Step(0, 1f));
        return model;
    }

    /// <summary>Compiles a spec and takes a stored state.</summary>
    /// <param name="spec">The spec that the state was made with.</param>
    /// <param name="image">A state that <see cref="Capture"/> gave.</param>
    /// <param name="programs">Programs that it may share with other models; null: it has one of its own.</param>
    /// <returns>The model.</returns>
    /// <exception cref="SpecException">The spec has mistakes.</exception>
    /// <exception cref="InvalidDataException">The image does not fit the spec.</exception>
    public static Model Open(ModelSpec spec, ModelImage image, ProgramCache? programs = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        var manifest = ModelManifest.Read(image.Manifest.Span);
        var program = manifest.Compile(spec, image.Bytes.Length, (sized, capacity) => Compile(sized, capacity, programs));
        var model = new Model(spec, program, [.. manifest.Units], spec.Entities is null ? null : new EntityArchive(image.HasAllEntities, image.Entities), programs);
        try
        {
            var read = model._read.Bytes;
            var plastic = model._plastic.Bytes;
            var bytes = image.Bytes.Span;
            bytes[..read.Length].CopyTo(read);
            bytes.Slice(read.Length, plastic.Length).CopyTo(plastic);
            model._labels = LabelTable.Read(bytes[(read.Length + plastic.Length)..]);
            if (model._labels.Count > manifest.ClassCapacity)
            {
                throw new InvalidDataException("The state does not fit the spec: it names more classes than it has room for.");
            }

            model.LetGo(0);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Class names as a state holds them.</summary>
    /// <param name="bytes">The bytes at <see cref="ModelManifest.LabelOffset"/>.</param>
    /// <returns>Names by id.</returns>
    public static IReadOnlyList<string> ReadLabels(ReadOnlySpan<byte> bytes) => LabelTable.Read(bytes).Names;

    /// <summary>Sequences of the events whose inputs the replay memory holds, in no order: what an erasure has to know.</summary>
    /// <returns>The sequences; empty without a memory. Valid until the next event.</returns>
    public ReadOnlySpan<long> RememberedSequences() => _learner.RememberedSequences(Step(0, 1f));

    /// <summary>What replaces a number of dense input that is left out of an explanation.</summary>
    /// <param name="values">Overwritten; shape [features].</param>
    internal void TypicalFeatures(Span<float> values) => _learner.Typical(Step(0, 1f), values);

    /// <summary>Makes a workspace for <see cref="Predict"/>. It fits until the model grows; <see cref="Predict"/> then resizes it.</summary>
    /// <returns>The workspace; dispose it.</returns>
    public PredictWorkspace CreateWorkspace() => new(_learner.Layout);

    /// <summary>A workspace for <see cref="Predict"/> that lies idle, of any model that runs the same program, or a new one.</summary>
    /// <returns>The workspace; give it to <see cref="ReturnWorkspace"/> before the model learns again.</returns>
    public PredictWorkspace RentWorkspace() => _program.Rent();

    /// <summary>Takes a workspace back.</summary>
    /// <param name="workspace">What <see cref="RentWorkspace"/> gave.</param>
    public void ReturnWorkspace(PredictWorkspace workspace) => _program.Return(workspace);

    /// <summary>Answers for one set of features. Changes nothing; allocates nothing once workspace and buffer fit.</summary>
    /// <param name="payload">Features as <see cref="PayloadBuilder"/> wrote them; a target is ignored.</param>
    /// <param name="nameHashes">Hash of every feature name of the stream by id.</param>
    /// <param name="workspace">A workspace of this model that nobody else uses now.</param>
    /// <param name="prediction">Overwritten with the answer.</param>
    /// <param name="entityRow">What the store has of the payload's entity, where <see cref="Lacks"/> says that it is asked; empty: nothing, and the shared model answers alone.</param>
    public void Predict(ReadOnlySpan<byte> payload, ReadOnlySpan<ulong> nameHashes, PredictWorkspace workspace, PredictionBuffer prediction, ReadOnlySpan<byte> entityRow = default)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        ArgumentNullException.ThrowIfNull(prediction);
        workspace.Fit(_learner.Layout);
        var reader = new PayloadReader(payload);
        if (_encoderHash.Length > 0)
        {
            reader = reader.Behind(_encoderHash, _encoderTensor);
        }

        var step = StepContext.Predicting(_read, workspace, Spec.Seed, reader.Moment, _archive);
        _learner.Predict(reader, nameHashes, _labels.Count, step, prediction, entityRow);
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
        var manifest = new ModelManifest { ClassCapacity = ClassCapacity, ReadLength = _read.Length, PlasticLength = _plastic.Length, LabelByteCount = labels.Length, Units = _units }.Write();
        return new ModelImage(manifest, bytes) { Entities = _archive?.Unstored() ?? [], HasAllEntities = _archive?.IsWhole != false };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _read.Dispose();
        _plastic.Dispose();
        LeaveProgram();
    }

    private static (Arena Read, Arena Plastic) Allocate(Layout layout) => (new Arena(layout.LengthOf(Region.Read)), new Arena(layout.LengthOf(Region.Plastic)));

    private static ModelProgram Compile(ModelSpec spec, int classCapacity, ProgramCache? programs) =>
        programs?.Compile(spec, classCapacity) ?? new ModelProgram(LearnerCompiler.Compile(spec, classCapacity));

    /// <summary>Whether working memory is the model's alone: it shares the program with nobody, or notes in it what comes next.</summary>
    private bool KeepsWorking => _programs is null || _learner.LooksAhead;

    /// <summary>Working memory for the steps of one call.</summary>
    private Turn Work()
    {
        _working ??= _program.Rent();
        return new Turn(this);
    }

    private void EndWork()
    {
        if (!KeepsWorking && _working is { } working)
        {
            _working = null;
            _program.Return(working);
        }
    }

    /// <summary>Gives working memory back, and frees it where nobody else runs the program.</summary>
    private void LeaveProgram()
    {
        if (_working is { } working)
        {
            _working = null;
            _program.Return(working);
        }

        if (_programs is null)
        {
            _program.Free();
        }
    }

    /// <summary>What the model reads of an event: its features, or what its encoder made of them.</summary>
    private PayloadReader Read(ReadOnlySpan<byte> payload)
    {
        var reader = PayloadReader.Read(payload);
        return _encoderHash.Length == 0 ? reader : reader.Behind(_encoderHash, _encoderTensor);
    }

    private StepContext Step(long sequence, float weight) =>
        StepContext.Learning(_read, _plastic, _working, Spec.Seed, sequence, weight);

    /// <summary>One call that works.</summary>
    private readonly ref struct Turn(Model model) : IDisposable
    {
        public void Dispose() => model.EndWork();
    }
}
