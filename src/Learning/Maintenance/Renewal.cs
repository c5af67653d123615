using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Compilation;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Maintenance;

/// <summary>
/// Continual backprop (Dohare et al. 2024, algorithm 1): after every event the utility of unit i is u_i ← γ u_i + (1 − γ) |y_i| Σ_k |w_ik|, with w_ik its weights to what follows.
/// Units older than the maturity are eligible; ρ times their number is owed per event, and for every whole unit owed the eligible one of least utility (of equals the first) is renewed:
/// weights to it are drawn anew, weights from it become 0, utility, age and what transforms keep of its synapses start over.
/// Deviation: u starts at 0 and is not unbiased, as in the paper's code for MNIST; a population with several outgoing projections sums over all.
/// </summary>
/// <remarks>Reserves in Plastic: utility [units], ages [units × int32] that stop at maturity + 1, what is owed, units renewed so far. Weights of its projections are its declared output.</remarks>
public sealed class Renewal : IMaintenance
{
    private readonly RenewalSpec _spec;
    private readonly InputSpec _input;
    private readonly Population _population;
    private readonly (Projection Projection, InitialWeightsSpec Initial, ulong Use)[] _incoming;
    private readonly Projection[] _outgoing;
    private readonly PlasticityChain[] _chains;
    private readonly Slot _utility;
    private readonly Slot _ages;
    private readonly Slot _owed;
    private readonly Slot _renewed;

    /// <summary>Reserves utility and ages.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="owner">Prefix of slot names, unique in the program.</param>
    /// <param name="spec">ρ, maturity and γ.</param>
    /// <param name="model">The model's spec, for the first weights of projections.</param>
    /// <param name="population">The population.</param>
    /// <param name="projections">All projections in the order of the spec.</param>
    /// <param name="chains">All chains.</param>
    public Renewal(LayoutBuilder layout, string owner, RenewalSpec spec, ModelSpec model, Population population, IReadOnlyList<Projection> projections, IReadOnlyList<PlasticityChain> chains)
    {
        _spec = spec;
        _input = model.Input;
        _population = population;
        _incoming = [.. projections.Zip(model.Network.Projections).Where(pair => pair.First.Post == population)
            .Select(pair => (pair.First, pair.Second.Initial, FeatureHash.OfName($"{pair.First.Name}.renewed")))];
        _outgoing = [.. projections.Where(projection => projection.Pre == population)];
        _chains = [.. chains.Where(chain => chain.Projection.Post == population || chain.Projection.Pre == population)];
        _utility = layout.Vector(Region.Plastic, $"{owner}.utility", population.Units);
        _ages = layout.Vector(Region.Plastic, $"{owner}.ages", population.Units);
        _owed = layout.Vector(Region.Plastic, $"{owner}.owed", 1);
        _renewed = layout.Vector(Region.Plastic, $"{owner}.renewed", 2);
    }

    /// <inheritdoc/>
    public bool MovesAnchors => false;

    /// <inheritdoc/>
    public bool IsDue(bool taskEnded, in StepContext step) => !taskEnded;

    /// <inheritdoc/>
    public void Run(Learner learner, in StepContext step)
    {
        Follow(step);
        var eligible = GrowOlder(step);
        var owed = step.Write(_owed);
        owed[0] += _spec.Rate * eligible;
        for (; owed[0] >= 1f && eligible > 0; eligible--)
        {
            owed[0] -= 1f;
            Renew(LeastUseful(step), step);
        }
    }

    private void Follow(in StepContext step)
    {
        var utility = step.Write(_utility);
        RowKernels.Scale(utility, _spec.Decay, utility);
        var units = _population.Active(step);
        var activities = _population.Values(step);
        for (var k = 0; k < units.Length; k++)
        {
            var unit = units[k];
            if (unit == _population.Units)
            {
                // The bias is no unit to renew.
                continue;
            }

            var reach = 0f;
            foreach (var projection in _outgoing)
            {
                reach += Reduction.SumOfMagnitudes(projection.Row(unit, step));
            }

            // Bounded, or a hostile event would leave a utility that is not finite.
            utility[unit] += MathF.Min((1f - _spec.Decay) * MathF.Abs(activities[k]) * reach, Learner.Bound);
        }
    }

    private int GrowOlder(in StepContext step)
    {
        var eligible = 0;
        foreach (ref var age in step.WriteIntegers(_ages)[.._population.Units])
        {
            age = Math.Min(age + 1, _spec.Maturity + 1);
            eligible += age > _spec.Maturity ? 1 : 0;
        }

        return eligible;
    }

    private int LeastUseful(in StepContext step)
    {
        var utility = step.View(_utility);
        var ages = step.ViewIntegers(_ages);
        var least = -1;
        for (var unit = 0; unit < _population.Units; unit++)
        {
            if (ages[unit] > _spec.Maturity && (least < 0 || utility[unit] < utility[least]))
            {
                least = unit;
            }
        }

        return least;
    }

    private void Renew(int unit, in StepContext step)
    {
        var draw = step.WriteLongs(_renewed)[0]++;
        foreach (var (projection, initial, use) in _incoming)
        {
            var seed = KeyedRandom.Bits(step.Seed, use, (ulong)draw, 0);
            InitialWeights.Draw(initial, projection, _input, seed, unit, unit + 1, step.Write(projection.Weights));
        }

        foreach (var projection in _outgoing)
        {
            step.Write(projection.Weights).Slice(unit * projection.Stride, projection.Stride).Clear();
        }

        foreach (var chain in _chains)
        {
            chain.Renew(new SynapseRange(chain.Projection, unit, chain.Projection.Post == _population), step);
        }

        step.Write(_utility)[unit] = 0f;
        step.WriteIntegers(_ages)[unit] = 0;
    }
}
