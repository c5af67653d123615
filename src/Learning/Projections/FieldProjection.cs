using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// Receptive fields found by correlation, where no geometry is known (Coates and Ng 2011, section 3; McDonnell et al. 2015): a field is a drawn input and those that go with it most
/// (<see cref="FieldSearch"/>). What it holds, x_i = (input_i − m_i) s_i, has its mean taken off and its contrast divided out and meets four filters, each the unit vector of what the
/// field held in one of the first events: drive = f·x + b, b ~ N(0, ½²); a field without contrast gives none. Fields grow in size from the first to the last, and are found in four
/// stages: an eighth of them after an eighth of the first events, then a quarter, a half and all.
/// Beside them some random units see the whole input, drive = w·x + b, w ~ N(0, 2 / inputs), b ~ N(0, ½²), so that there is an answer from the first event on, and for what is in no field.
/// </summary>
/// <remarks>
/// Reserves: filters [inputs of the largest field, fields × 4], inputs of the fields and their m and s [fields, inputs], offsets b, weights of the random units [pre + 1, random] and
/// the count of fields that have formed in Read; what <see cref="FieldSearch"/> needs in Plastic; what fields hold [fields, inputs], the list of fields with contrast and the answers
/// of filters and random units in Scratch.
/// </remarks>
public sealed class FieldProjection : Projection, IInitialise, IFilterBank
{
    private const float ContrastFloor = 0.1f;
    private const float LeastContrast = 0.3f;
    private const float LeastVariance = 1e-6f;
    private const float OffsetSpread = 0.5f;
    private const int LeastVaried = 2;
    private const int Tries = 16;
    private const int Stages = 8;
    private const int Filters = FieldKernels.Group;
    private const int FieldsOfALine = LayoutBuilder.Line / Filters;
    private readonly FieldConnectionSpec _spec;
    private readonly FieldSearch _search;
    private readonly ulong _use;
    private readonly int _stride;
    private readonly int _randomStride;
    private readonly Slot _units;
    private readonly Slot _offsets;
    private readonly Slot _means;
    private readonly Slot _scales;
    private readonly Slot _random;
    private readonly Slot _count;
    private readonly Slot _held;
    private readonly Slot _places;
    private readonly Slot _responses;
    private readonly Slot _answers;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="name">Name of the projection.</param>
    /// <param name="pre">Presynaptic population; its dense activity is read.</param>
    /// <param name="post">The features: four per field, then the random units.</param>
    /// <param name="spec">Fields, their sizes, random units, events.</param>
    public FieldProjection(LayoutBuilder layout, string name, Population pre, Population post, FieldConnectionSpec spec)
        : base(layout, name, pre, post, spec.Inputs, spec.Fields * Filters)
    {
        _spec = spec;
        _use = FeatureHash.OfName(name);
        _stride = LayoutBuilder.Padded(spec.Inputs);
        _randomStride = LayoutBuilder.Padded(spec.Random);
        _search = new FieldSearch(layout, name, pre.Units, spec.FormingEvents);
        _units = layout.Matrix(Region.Read, $"{name}.units", spec.Fields, spec.Inputs);
        _offsets = layout.Vector(Region.Read, $"{name}.offsets", ColumnCount);
        _means = layout.Matrix(Region.Read, $"{name}.means", spec.Fields, spec.Inputs);
        _scales = layout.Matrix(Region.Read, $"{name}.scales", spec.Fields, spec.Inputs);
        _random = layout.Matrix(Region.Read, $"{name}.randomWeights", pre.Units + 1, spec.Random);
        _count = layout.Vector(Region.Read, $"{name}.count", 2);
        _held = layout.Matrix(Region.Scratch, $"{name}.held", spec.Fields, spec.Inputs);
        _places = layout.Vector(Region.Scratch, $"{name}.places", 1 + spec.Fields);
        _responses = layout.Vector(Region.Scratch, $"{name}.responses", ColumnCount);
        _answers = layout.Vector(Region.Scratch, $"{name}.answers", _randomStride);
    }

    /// <inheritdoc/>
    public bool IsForming(in StepContext step) => FormedCount(step) == 0;

    /// <inheritdoc/>
    public int PatchCount(in StepContext step) => step.ViewIntegers(_places)[0];

    /// <inheritdoc/>
    public ReadOnlySpan<float> Patch(int index, in StepContext step) => Held(step.ViewIntegers(_places)[1 + index], step);

    /// <inheritdoc/>
    public void Whiten(int index, in StepContext step, Span<float> target)
    {
        target.Clear();
        Patch(index, step).CopyTo(target);
    }

    /// <inheritdoc/>
    public (int Column, float Response) Strongest(int index, in StepContext step, Span<float> responses)
    {
        var field = step.ViewIntegers(_places)[1 + index];
        Answer(field / FieldsOfALine, step, responses[..LayoutBuilder.Line]);
        var first = field % FieldsOfALine * Filters;
        var best = Reduction.IndexOfMax(responses.Slice(first, Filters));
        return ((field * Filters) + best, responses[first + best]);
    }

    /// <summary>Inputs of a field.</summary>
    /// <param name="field">0 … fields − 1.</param>
    /// <returns>From the smallest size, at the first field, to the largest, at the last.</returns>
    public int SizeOf(int field) => _spec.SizeOf(field);

    /// <summary>How many fields have formed.</summary>
    /// <param name="step">The step.</param>
    /// <returns>0 … fields.</returns>
    public int FormedCount(in StepContext step) => (int)step.ViewLongs(_count)[0];

    /// <summary>The inputs of a field, the drawn one first.</summary>
    /// <param name="field">0 … <see cref="FormedCount"/> − 1.</param>
    /// <param name="step">The step.</param>
    /// <returns>Shape [size of the field].</returns>
    public ReadOnlySpan<int> InputsOf(int field, in StepContext step) => step.ViewIntegers(_units).Slice(field * _stride, SizeOf(field));

    /// <summary>Draws the weights of the random units and the offsets.</summary>
    /// <param name="step">A learning step.</param>
    public void Initialise(in StepContext step)
    {
        var random = step.Write(_random);
        var deviation = MathF.Sqrt(2f / Pre.Units);
        for (var row = 0; row <= Pre.Units; row++)
        {
            for (var column = 0; column < _spec.Random; column++)
            {
                random[(row * _randomStride) + column] = (row == Pre.Units ? OffsetSpread : deviation) * KeyedRandom.Normal(step.Seed, _use, (ulong)row, (ulong)column);
            }
        }

        var offsets = step.Write(_offsets);
        for (var column = 0; column < ColumnCount; column++)
        {
            offsets[column] = OffsetSpread * KeyedRandom.Normal(step.Seed, _use, (ulong)Pre.Units + 1, (ulong)column);
        }
    }

    /// <inheritdoc/>
    public override void Transmit(in StepContext step)
    {
        var drive = step.Write(Post.Drive);
        TransmitFields(drive, step);
        if (_spec.Random > 0)
        {
            var answers = step.Write(_answers);
            step.View(_random).Slice(Pre.Units * _randomStride, _randomStride).CopyTo(answers);
            var active = Pre.HasBias ? Pre.Active(step)[..^1] : Pre.Active(step);
            RowKernels.AccumulateRows(step.View(_random), _randomStride, active, Pre.Values(step)[..active.Length], answers);
            RowKernels.AddScaled(answers, 1f, drive.Slice(ColumnCount, _randomStride));
        }
    }

    /// <inheritdoc/>
    public override void Develop(in StepContext step)
    {
        var formed = FormedCount(step);
        if (formed == _spec.Fields)
        {
            return;
        }

        var seen = _search.Add(step.View(Pre.Activity)[..Pre.Units], step);
        var due = Due(seen);
        if (due > formed && _search.Prepare(step) >= LeastVaried)
        {
            for (; formed < due; formed++)
            {
                Form(formed, step);
            }

            step.WriteLongs(_count)[0] = formed;
        }

        if (seen == _spec.FormingEvents)
        {
            // Where nothing has varied yet the next events are gathered instead.
            _search.Forget(step);
        }
    }

    /// <summary>Fields that are to have formed: a share of them where the share of the events has just been seen, none in between.</summary>
    private int Due(int seen)
    {
        for (var share = Stages; share >= 1; share /= 2)
        {
            if (seen == _spec.FormingEvents / share)
            {
                return _spec.Fields / share / FieldsOfALine * FieldsOfALine;
            }
        }

        return 0;
    }

    private Span<float> Held(int field, in StepContext step) => step.Write(_held).Slice(field * _stride, RowCount);

    private void TransmitFields(Span<float> drive, in StepContext step)
    {
        var activity = step.View(Pre.Activity);
        var places = step.WriteIntegers(_places);
        var formed = FormedCount(step);
        places[0] = 0;
        for (var field = 0; field < formed; field++)
        {
            if (Hold(field, activity, step))
            {
                places[++places[0]] = field;
            }
        }

        var responses = step.Write(_responses);
        for (var line = 0; line < formed / FieldsOfALine; line++)
        {
            Answer(line, step, responses.Slice(line * LayoutBuilder.Line, LayoutBuilder.Line));
        }

        var offsets = step.View(_offsets);
        foreach (var field in places.Slice(1, places[0]))
        {
            for (var column = field * Filters; column < (field + 1) * Filters; column++)
            {
                drive[column] += responses[column] + offsets[column];
            }
        }
    }

    /// <summary>What a field holds of an input, normalised.</summary>
    /// <returns>Whether it has contrast; where not, it holds zero.</returns>
    private bool Hold(int field, ReadOnlySpan<float> activity, in StepContext step)
    {
        var inputs = InputsOf(field, step);
        var means = step.View(_means).Slice(field * _stride, inputs.Length);
        var scales = step.View(_scales).Slice(field * _stride, inputs.Length);
        var held = Held(field, step)[..inputs.Length];
        for (var i = 0; i < held.Length; i++)
        {
            held[i] = (activity[inputs[i]] - means[i]) * scales[i];
        }

        var mean = Reduction.Sum(held) / held.Length;
        for (var i = 0; i < held.Length; i++)
        {
            held[i] -= mean;
        }

        var variance = Reduction.SumOfSquares(held) / held.Length;
        if (variance < LeastVariance)
        {
            held.Clear();
            return false;
        }

        RowKernels.Scale(held, 1f / MathF.Sqrt(variance + ContrastFloor), held);
        return true;
    }

    /// <summary>f · x of the filters of four fields.</summary>
    private void Answer(int line, in StepContext step, Span<float> answers)
    {
        var first = line * FieldsOfALine;
        var held = step.View(_held).Slice(first * _stride, FieldsOfALine * _stride);
        FieldKernels.Multiply(held, _stride, SizeOf(first + FieldsOfALine - 1), step.View(Weights), Stride, line * LayoutBuilder.Line, answers);
    }

    private void Form(int field, in StepContext step)
    {
        _search.Find(Centre(field, step), step, step.WriteIntegers(_units).Slice(field * _stride, SizeOf(field)));
        var inputs = InputsOf(field, step);
        for (var i = 0; i < inputs.Length; i++)
        {
            step.Write(_means)[(field * _stride) + i] = _search.Means(step)[inputs[i]];
            step.Write(_scales)[(field * _stride) + i] = _search.Scales(step)[inputs[i]];
        }

        var held = Held(field, step)[..SizeOf(field)];
        var weights = step.Write(Weights);
        for (var column = field * Filters; column < (field + 1) * Filters; column++)
        {
            if (!Draw(field, column, step))
            {
                for (var i = 0; i < held.Length; i++)
                {
                    held[i] = KeyedRandom.Normal(step.Seed, _use, (ulong)(Pre.Units + 2 + column), (ulong)(Tries + i));
                }
            }

            var scale = 1f / MathF.Sqrt(Reduction.SumOfSquares(held));
            for (var i = 0; i < held.Length; i++)
            {
                weights[(i * Stride) + column] = held[i] * scale;
            }
        }
    }

    /// <summary>An input that has varied, by keyed draws; the next one where none was drawn.</summary>
    private int Centre(int field, in StepContext step)
    {
        var scales = _search.Scales(step);
        var centre = 0;
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            centre = KeyedRandom.Below(Pre.Units, step.Seed, _use, (ulong)(Pre.Units + 2 + ColumnCount + field), (ulong)attempt);
            if (scales[centre] > 0f)
            {
                return centre;
            }
        }

        while (scales[centre] == 0f)
        {
            centre = centre + 1 == Pre.Units ? 0 : centre + 1;
        }

        return centre;
    }

    /// <summary>Makes a field hold one of the first events in which it has contrast.</summary>
    /// <returns>False where none was drawn.</returns>
    private bool Draw(int field, int column, in StepContext step)
    {
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            var example = KeyedRandom.Below(_search.Kept(step), step.Seed, _use, (ulong)(Pre.Units + 2 + column), (ulong)attempt);
            if (Hold(field, _search.Event(example, step), step) && Reduction.SumOfSquares(Held(field, step)) > LeastContrast * SizeOf(field))
            {
                return true;
            }
        }

        return false;
    }
}
