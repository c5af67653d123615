using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Learning.Compilation;

/// <summary>Checks of detectors of drift.</summary>
internal sealed partial class SpecValidator
{
    private void CheckDrift(string field, ModulatorSpec modulator, TargetSpec target)
    {
        if (modulator is not DriftModulatorSpec drift)
        {
            return;
        }

        Range($"{field}.timeConstant", drift.TimeConstant, 1, 1e9);
        switch (drift)
        {
            case AdwinSpec adwin:
                Range($"{field}.delta", adwin.Delta, 1e-9, 0.5);
                Range($"{field}.clock", adwin.Clock, 1, 1_000_000);
                Range($"{field}.rows", adwin.Rows, 2, 48);
                CheckSignal($"{field}.signal", adwin.Signal == DriftSignal.Error, target);
                break;
            case PageHinkleySpec pageHinkley:
                Range($"{field}.delta", pageHinkley.Delta, 0, 4);
                Range($"{field}.threshold", pageHinkley.Threshold, 1e-6, 1e9);
                Range($"{field}.decay", pageHinkley.Decay, 1e-6, 1);
                Range($"{field}.minimumEvents", pageHinkley.MinimumEvents, 1, int.MaxValue);
                CheckSignal($"{field}.signal", pageHinkley.Signal == DriftSignal.Error, target);
                break;
            case DdmSpec ddm:
                Range($"{field}.threshold", ddm.Threshold, 1e-6, 1000);
                Range($"{field}.minimumEvents", ddm.MinimumEvents, 1, int.MaxValue);
                CheckSignal($"{field}.kind", countsErrors: true, target);
                break;
        }
    }

    private void CheckSignal(string field, bool countsErrors, TargetSpec target)
    {
        if (countsErrors && target.Kind != TargetKind.Label)
        {
            Add(field, "only labels are right or wrong; watch the signal 'surprise' with 'adwin' or 'pageHinkley'");
        }
    }
}
