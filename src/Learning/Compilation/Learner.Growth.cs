using LifelongApi.Learning.Maintenance;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Compilation;

/// <content>Populations that gain units at run time.</content>
public sealed partial class Learner
{
    /// <summary>Populations that wait for units, in the order of the spec.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>What each waits for.</returns>
    public IReadOnlyList<WaitingGrowth> WaitingGrowth(in StepContext step)
    {
        var waiting = new List<WaitingGrowth>();
        foreach (var maintenance in _maintenance)
        {
            if (maintenance is Growth growth && growth.Waiting(step) is { Units: > 0 } wish)
            {
                waiting.Add(new WaitingGrowth(growth.Spec.Population, wish.Units, wish.Since));
            }
        }

        return waiting;
    }

    /// <summary>Takes note that a population has what it waited for.</summary>
    /// <param name="population">Its name.</param>
    /// <param name="step">A learning step.</param>
    public void SettleGrowth(string population, in StepContext step)
    {
        foreach (var maintenance in _maintenance)
        {
            if (maintenance is Growth growth && growth.Spec.Population == population)
            {
                growth.Settle(step);
            }
        }
    }

    /// <summary>Takes the weights from units that a population gains away, and what transforms keep of them; called on initial values, before the state before is copied over.</summary>
    /// <param name="population">Its name.</param>
    /// <param name="first">First new unit.</param>
    /// <param name="step">A learning step.</param>
    internal void SilenceNewUnits(string population, int first, in StepContext step)
    {
        foreach (var projection in _projections.Where(projection => projection.Pre.Name == population))
        {
            step.Write(projection.Weights)[(first * projection.Stride)..].Clear();
            foreach (var chain in _chains.Where(chain => chain.Projection == projection))
            {
                for (var unit = first; unit < projection.Pre.Units; unit++)
                {
                    chain.Renew(new SynapseRange(projection, unit, IsColumn: false), step);
                }
            }
        }
    }
}
