using LifelongApi.Learning.Features;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// Finds inputs that go together in the first events. With z the inputs standardised over the e events so far, v their first principal component (two steps of the power method
/// per event, from where it was), s = z v and q = zᵀ s: the scatter less what the component explains is c′_ij = Σ z_i z_j − v_i q_j − v_j q_i + v_i v_j ‖s‖², and the affinity of j to i is
/// |c′_ij| / (√(c′_jj / e) + 0.05). Inputs that have not varied have none.
/// </summary>
/// <remarks>
/// Reserves: the first events [events, inputs], v [inputs] and their count in Plastic; means, inverse spreads, v over the spread, q, affinities [inputs], projections s and a column [events] in Scratch.
/// </remarks>
internal sealed class FieldSearch
{
    private const int Draws = 32;
    private const int PowerSteps = 2;
    private const float LeastSpread = 1e-6f;
    private const float Damping = 0.05f;
    private readonly int _inputs;
    private readonly int _stride;
    private readonly ulong _use;
    private readonly Slot _events;
    private readonly Slot _component;
    private readonly Slot _count;
    private readonly Slot _means;
    private readonly Slot _inverses;
    private readonly Slot _scaled;
    private readonly Slot _q;
    private readonly Slot _affinities;
    private readonly Slot _s;
    private readonly Slot _square;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="name">Name of the projection.</param>
    /// <param name="inputs">Inputs.</param>
    /// <param name="events">Most events.</param>
    public FieldSearch(LayoutBuilder layout, string name, int inputs, int events)
    {
        _inputs = inputs;
        _stride = LayoutBuilder.Padded(inputs);
        _use = FeatureHash.OfName(name + ".search");
        _events = layout.Matrix(Region.Plastic, $"{name}.firstEvents", events, inputs);
        _component = layout.Vector(Region.Plastic, $"{name}.component", inputs);
        _count = layout.Vector(Region.Plastic, $"{name}.firstEventCount", 2);
        _means = layout.Vector(Region.Scratch, $"{name}.means", inputs);
        _inverses = layout.Vector(Region.Scratch, $"{name}.inverseSpreads", inputs);
        _scaled = layout.Vector(Region.Scratch, $"{name}.scaledComponent", inputs);
        _q = layout.Vector(Region.Scratch, $"{name}.componentScatter", inputs);
        _affinities = layout.Vector(Region.Scratch, $"{name}.affinities", inputs);
        _s = layout.Vector(Region.Scratch, $"{name}.projections", events);
        _square = layout.Vector(Region.Scratch, $"{name}.projectionSquare", 1);
    }

    /// <summary>One of the first events.</summary>
    /// <param name="index">0 … count − 1.</param>
    /// <param name="step">A learning step.</param>
    /// <returns>Shape [inputs].</returns>
    public ReadOnlySpan<float> Example(int index, in StepContext step) => step.View(_events).Slice(index * _stride, _inputs);

    /// <summary>Keeps an event and brings the statistics up to date.</summary>
    /// <param name="activity">Shape [inputs].</param>
    /// <param name="step">A learning step.</param>
    /// <returns>Events kept.</returns>
    public int Add(ReadOnlySpan<float> activity, in StepContext step)
    {
        var count = (int)step.WriteLongs(_count)[0]++;
        activity.CopyTo(step.Write(_events)[(count * _stride)..]);
        Standardise(++count, step);
        if (count == 1)
        {
            for (var input = 0; input < _inputs; input++)
            {
                step.Write(_component)[input] = KeyedRandom.Normal(step.Seed, _use, (ulong)input, 0);
            }
        }

        for (var turn = 0; turn <= PowerSteps; turn++)
        {
            Project(count, step);
            var length = MathF.Sqrt(Reduction.SumOfSquares(step.View(_q)[.._inputs]));
            if (turn < PowerSteps && length > 0f)
            {
                RowKernels.Scale(step.View(_q)[.._inputs], 1f / length, step.Write(_component)[.._inputs]);
            }
        }

        return count;
    }

    /// <summary>An input that varies, by keyed draws, and those with the largest affinity to it.</summary>
    /// <param name="key">What the draws depend on.</param>
    /// <param name="step">A learning step, after <see cref="Add"/>.</param>
    /// <param name="field">Numbers of the inputs, the drawn one first.</param>
    public void Find(ulong key, in StepContext step, Span<int> field)
    {
        var centre = 0;
        for (var draw = 0; draw < Draws; draw++)
        {
            centre = KeyedRandom.Below(_inputs, step.Seed, _use, key, 1 + (ulong)draw);
            if (step.View(_inverses)[centre] > 0f)
            {
                break;
            }
        }

        Compare(centre, step);
        var affinities = step.Write(_affinities)[.._inputs];
        affinities[centre] = float.MaxValue;
        for (var i = 0; i < field.Length; i++)
        {
            field[i] = Reduction.IndexOfMax(affinities);
            affinities[field[i]] = -2f;
        }
    }

    /// <summary>Lets go of the first events, which nothing reads any more.</summary>
    /// <param name="step">A learning step.</param>
    public void Forget(in StepContext step) => step.Write(_events).Clear();

    private void Standardise(int count, in StepContext step)
    {
        var means = step.Write(_means)[.._inputs];
        var inverses = step.Write(_inverses)[.._inputs];
        means.Clear();
        inverses.Clear();
        for (var n = 0; n < count; n++)
        {
            RowKernels.AddScaled(Example(n, step), 1f / count, means);
        }

        for (var n = 0; n < count; n++)
        {
            var example = Example(n, step);
            for (var input = 0; input < _inputs; input++)
            {
                var difference = example[input] - means[input];
                inverses[input] = MathF.FusedMultiplyAdd(difference, difference, inverses[input]);
            }
        }

        for (var input = 0; input < _inputs; input++)
        {
            var spread = MathF.Sqrt(inverses[input] / count);
            inverses[input] = spread > LeastSpread ? 1f / spread : 0f;
        }
    }

    /// <summary>s = z v, q = zᵀ s and ‖s‖².</summary>
    private void Project(int count, in StepContext step)
    {
        var scaled = step.Write(_scaled)[.._inputs];
        var component = step.View(_component);
        var inverses = step.View(_inverses);
        for (var input = 0; input < scaled.Length; input++)
        {
            scaled[input] = component[input] * inverses[input];
        }

        var offset = Reduction.Dot(step.View(_means)[.._inputs], scaled);
        var s = step.Write(_s)[..count];
        for (var n = 0; n < count; n++)
        {
            s[n] = Reduction.Dot(Example(n, step), scaled) - offset;
        }

        step.Write(_square)[0] = Reduction.SumOfSquares(s);
        Scatter(s, step, step.Write(_q)[.._inputs]);
    }

    /// <summary>zᵀ a over the events, for a of any mean.</summary>
    private void Scatter(ReadOnlySpan<float> a, in StepContext step, Span<float> destination)
    {
        destination.Clear();
        var sum = 0f;
        for (var n = 0; n < a.Length; n++)
        {
            RowKernels.AddScaled(Example(n, step), a[n], destination);
            sum += a[n];
        }

        var means = step.View(_means);
        var inverses = step.View(_inverses);
        for (var input = 0; input < destination.Length; input++)
        {
            destination[input] = MathF.FusedMultiplyAdd(-sum, means[input], destination[input]) * inverses[input];
        }
    }

    private void Compare(int centre, in StepContext step)
    {
        var count = (int)step.ViewLongs(_count)[0];
        var (mean, inverse) = (step.View(_means)[centre], step.View(_inverses)[centre]);
        var column = step.Write(_s)[..count];
        for (var n = 0; n < count; n++)
        {
            column[n] = (Example(n, step)[centre] - mean) * inverse;
        }

        var affinities = step.Write(_affinities)[.._inputs];
        Scatter(column, step, affinities);
        var component = step.View(_component);
        var q = step.View(_q);
        var inverses = step.View(_inverses);
        var square = step.View(_square)[0];
        for (var input = 0; input < affinities.Length; input++)
        {
            var shared = (component[input] * q[centre]) + (component[centre] * q[input]) - (component[input] * component[centre] * square);
            var own = count - (2f * component[input] * q[input]) + (component[input] * component[input] * square);
            affinities[input] = inverses[input] == 0f ? -1f : MathF.Abs(affinities[input] - shared) / (MathF.Sqrt(MathF.Max(own, 0f) / count) + Damping);
        }
    }
}
