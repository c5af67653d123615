using System.Runtime.InteropServices;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// Receptive fields found by correlation, where no geometry is known (Coates and Ng 2011, section 3; McDonnell et al. 2015): a field is a drawn input and those that go with it most. What it holds is
/// normalised and met by filters of its own, as a patch of an image is: drive = max(0, f·x). Beside them some random units see the whole input,
/// drive = max(0, w·x + b), w ~ N(0, 2 / inputs), b ~ N(0, ½²), so that there is an answer before the fields are found, and where nothing goes with anything.
/// Fields form one after another while the first events come in: inputs standardised over the events so far, less the share of their first principal component v
/// (which is mostly what all have in common), give the partial correlations |c′| of <see cref="FieldSearch"/>; the filters are whitened examples (<see cref="Whitening"/>).
/// </summary>
/// <remarks>
/// Reserves: filters [inputs of a field, fields × filters], inputs of the fields [fields, inputs], weights of the random units [pre, random] and counts in Read;
/// precisions [fields × inputs, inputs] and what <see cref="FieldSearch"/> needs in Plastic; what fields hold [fields, inputs], the list of fields with contrast,
/// a scatter and a matrix of doubles [inputs, inputs], examples and answers in Scratch.
/// </remarks>
public sealed class FieldProjection : Projection, IInitialise, IFilterBank
{
    private const int Formed = 0;
    private readonly FieldConnectionSpec _spec;
    private readonly FieldSearch _search;
    private readonly ulong _use;
    private readonly int _stride;
    private readonly int _randomStride;
    private readonly Slot _units;
    private readonly Slot _counts;
    private readonly Slot _random;
    private readonly Slot _precisions;
    private readonly Slot _held;
    private readonly Slot _places;
    private readonly Slot _examples;
    private readonly Slot _scatter;
    private readonly Slot _doubles;
    private readonly Slot _answers;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="name">Name of the projection.</param>
    /// <param name="pre">Presynaptic population; its dense activity is read.</param>
    /// <param name="post">The features: fields × filters, then the random units.</param>
    /// <param name="spec">Fields, inputs, filters, random units, events.</param>
    public FieldProjection(LayoutBuilder layout, string name, Population pre, Population post, FieldConnectionSpec spec)
        : base(layout, name, pre, post, spec.Inputs, spec.Fields * spec.Filters)
    {
        _spec = spec;
        _use = FeatureHash.OfName(name);
        _stride = LayoutBuilder.Padded(spec.Inputs);
        _randomStride = LayoutBuilder.Padded(spec.Random);
        _search = new FieldSearch(layout, name, pre.Units, spec.FormingEvents);
        _units = layout.Matrix(Region.Read, $"{name}.units", spec.Fields, spec.Inputs);
        _counts = layout.Vector(Region.Read, $"{name}.counts", 2);
        _random = layout.Matrix(Region.Read, $"{name}.randomWeights", pre.Units + 1, spec.Random);
        _precisions = layout.Matrix(Region.Plastic, $"{name}.precisions", spec.Fields * spec.Inputs, spec.Inputs);
        _held = layout.Matrix(Region.Scratch, $"{name}.held", spec.Fields, spec.Inputs);
        _places = layout.Vector(Region.Scratch, $"{name}.places", 1 + spec.Fields);
        _examples = layout.Matrix(Region.Scratch, $"{name}.examples", spec.FormingEvents, spec.Inputs);
        _scatter = layout.Matrix(Region.Scratch, $"{name}.scatter", spec.Inputs, spec.Inputs);
        _doubles = layout.Vector(Region.Scratch, $"{name}.doubles", 2 * spec.Inputs * spec.Inputs);
        _answers = layout.Vector(Region.Scratch, $"{name}.answers", Math.Max(spec.Filters, _randomStride));
    }

    /// <inheritdoc/>
    public bool IsForming(in StepContext step) => FormedCount(step) < _spec.Fields;

    /// <inheritdoc/>
    public int PatchCount(in StepContext step) => step.ViewIntegers(_places)[0];

    /// <inheritdoc/>
    public ReadOnlySpan<float> Patch(int index, in StepContext step) => step.View(_held).Slice(FieldAt(index, step) * _stride, RowCount);

    /// <inheritdoc/>
    public ReadOnlySpan<float> PrecisionOf(int index, in StepContext step) => step.View(_precisions).Slice(FieldAt(index, step) * RowCount * _stride, RowCount * _stride);

    /// <inheritdoc/>
    public (int First, int Count) FiltersOf(int index, in StepContext step) => (FieldAt(index, step) * _spec.Filters, _spec.Filters);

    /// <summary>How many fields have formed.</summary>
    /// <param name="step">The step.</param>
    /// <returns>0 … fields.</returns>
    public int FormedCount(in StepContext step) => (int)step.ViewLongs(_counts)[Formed];

    /// <summary>The inputs of a field, the drawn one first.</summary>
    /// <param name="field">0 … <see cref="FormedCount"/> − 1.</param>
    /// <param name="step">The step.</param>
    /// <returns>Shape [inputs].</returns>
    public ReadOnlySpan<int> InputsOf(int field, in StepContext step) => step.ViewIntegers(_units).Slice(field * _stride, RowCount);

    /// <summary>Draws the weights of the random units.</summary>
    /// <param name="step">A learning step.</param>
    public void Initialise(in StepContext step)
    {
        var random = step.Write(_random);
        var deviation = MathF.Sqrt(2f / Pre.Units);
        for (var row = 0; row <= Pre.Units; row++)
        {
            for (var column = 0; column < _spec.Random; column++)
            {
                random[(row * _randomStride) + column] = (row == Pre.Units ? 0.5f : deviation) * KeyedRandom.Normal(step.Seed, _use, (ulong)row, (ulong)column);
            }
        }
    }

    /// <inheritdoc/>
    public override void Transmit(in StepContext step)
    {
        var activity = step.View(Pre.Activity);
        var drive = step.Write(Post.Drive);
        var places = step.WriteIntegers(_places);
        var count = 0;
        for (var field = 0; field < FormedCount(step); field++)
        {
            var held = step.Write(_held).Slice(field * _stride, RowCount);
            if (!Hold(field, activity, held, step))
            {
                continue;
            }

            places[++count] = field;
            var answers = step.Write(_answers)[.._spec.Filters];
            MatrixKernels.MultiplyColumns(held, step.View(Weights), Stride, field * _spec.Filters, answers);
            MatrixKernels.AddRectified(answers, 0f, 1f, drive.Slice(field * _spec.Filters, _spec.Filters));
        }

        places[0] = count;
        if (_spec.Random > 0)
        {
            TransmitRandom(drive.Slice(ColumnCount, _randomStride), step);
        }
    }

    /// <inheritdoc/>
    public override void Develop(in StepContext step)
    {
        if (!IsForming(step))
        {
            return;
        }

        var seen = _search.Add(step.View(Pre.Activity)[..Pre.Units], step);
        var counts = step.WriteLongs(_counts);
        var start = _spec.FormingEvents / 8;
        var due = seen <= start ? 0 : _spec.Fields * (long)(seen - start) / (_spec.FormingEvents - start);
        while (counts[Formed] < due)
        {
            Form((int)counts[Formed], seen, step);
            counts[Formed]++;
        }

        if (!IsForming(step))
        {
            _search.Forget(step);
        }
    }

    private int FieldAt(int index, in StepContext step) => step.ViewIntegers(_places)[1 + index];

    private bool Hold(int field, ReadOnlySpan<float> activity, Span<float> held, in StepContext step)
    {
        var inputs = InputsOf(field, step);
        for (var i = 0; i < held.Length; i++)
        {
            held[i] = activity[inputs[i]];
        }

        return Whitening.Normalise(held);
    }

    private void TransmitRandom(Span<float> drive, in StepContext step)
    {
        var answers = step.Write(_answers)[.._randomStride];
        step.View(_random).Slice(Pre.Units * _randomStride, _randomStride).CopyTo(answers);
        var active = Pre.HasBias ? Pre.Active(step)[..^1] : Pre.Active(step);
        RowKernels.AccumulateRows(step.View(_random), _randomStride, active, Pre.Values(step)[..active.Length], answers);
        MatrixKernels.AddRectified(answers, 0f, 1f, drive);
    }

    private void Form(int field, int seen, in StepContext step)
    {
        _search.Find(KeyedRandom.Bits(step.Seed, _use, (ulong)field, 0), step, step.WriteIntegers(_units).Slice(field * _stride, RowCount));
        var examples = step.Write(_examples);
        var scatter = step.Write(_scatter);
        scatter.Clear();
        var count = 0;
        for (var n = 0; n < seen; n++)
        {
            var example = examples.Slice(count * _stride, RowCount);
            if (Hold(field, _search.Example(n, step), example, step) && Whitening.HasContrast(example))
            {
                Whitening.AddScatter(example, scatter, _stride);
                count++;
            }
        }

        var precision = step.Write(_precisions).Slice(field * RowCount * _stride, RowCount * _stride);
        var doubles = MemoryMarshal.Cast<float, double>(step.Write(_doubles))[..(RowCount * RowCount)];
        if (!Whitening.Invert(scatter, Math.Max(1, count), RowCount, _stride, doubles, precision))
        {
            return;
        }

        var first = count == 0 ? 0 : KeyedRandom.Below(count, step.Seed, _use, (ulong)field, 1);
        for (var filter = 0; filter < _spec.Filters; filter++)
        {
            var example = filter < count ? examples.Slice((first + (int)((long)filter * count / _spec.Filters)) % count * _stride, RowCount) : RandomExample(field, filter, step);
            Whitening.Whiten(example, precision, _stride, step.Write(Weights)[((field * _spec.Filters) + filter)..], Stride);
        }
    }

    /// <summary>A direction of its own where there are fewer examples than filters.</summary>
    private Span<float> RandomExample(int field, int filter, in StepContext step)
    {
        var example = step.Write(_examples)[((_spec.FormingEvents - 1) * _stride)..][..RowCount];
        for (var i = 0; i < example.Length; i++)
        {
            example[i] = KeyedRandom.Normal(step.Seed, _use, (ulong)((field * _spec.Filters) + filter), 2 + (ulong)i);
        }

        Whitening.Normalise(example);
        return example;
    }
}
